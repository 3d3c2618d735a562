import { checkOptions, type HandoffAgent } from '@agent-handoff/core/adapter';
import { type AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { Command, END } from '@langchain/langgraph';
import { type HandoffToolOptions, handoffTool, handoffToolOptions } from './handoff-tool.ts';
import { tellParentGraph } from './tell-parent-graph.ts';
import { toAnswerMessage, toAsked, toState } from './transfer-turn.ts';

/** What `transferTool` takes. */
export interface TransferToolOptions<Agent extends HandoffAgent = HandoffAgent>
  extends HandoffToolOptions<Agent> {
  /** The node of the parent graph that goes on with the answer; default its end. */
  readonly goto?: string;
}

const optionNames = {
  ...handoffToolOptions,
  goto: true,
} satisfies Record<keyof TransferToolOptions, true>;

/**
 * A tool of an agent that is a node of a graph: hands the conversation on, with its last five messages,
 * leaves the agent and goes on in the parent graph, whose `messages` get what the agent had said, every
 * call of it answered, and the target's answer. Of several transfers in one turn the first is made; tools
 * that the model called beside it are told to have no result, because LangGraph drops what they answer.
 * Where that matters use `handoffMiddleware`, which waits for them.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where the manager has no such target or source.
 */
export function transferTool<Agent extends HandoffAgent>(
  options: TransferToolOptions<Agent>,
): DynamicStructuredTool {
  checkOptions('transferTool', options, optionNames);
  const { goto = END, ...others } = options as unknown as TransferToolOptions;
  const { source = 'user', target } = others;
  return handoffTool(
    'transfer',
    others,
    async ({ input, toolCallId, messages, caller, handOn, answer }) => {
      const first = caller?.tool_calls?.find((call) => isTransfer(call.name));
      if (first && first.id !== toolCallId) return answer(notTransferred, 'error');
      const state = toState(source, messages);
      const result = await handOn({ state, keepMessages: true, ...toAsked(input, messages) });
      const said = saidInTurn(messages, caller, toolCallId, target);
      const answered = toAnswerMessage(result);
      tellParentGraph(answered);
      const update = { messages: [...said, answered] };
      return new Command({ graph: Command.PARENT, goto, update });
    },
  );
}

const isTransfer = (name: string): boolean => name.startsWith('transfer_to_');

const notTransferred = 'Not transferred: of several transfers in one turn the first is made.';

/**
 * What the agent said since a person spoke, with an answer to every call of its last message. The parent
 * graph has some of it; messages that it has are put in their own places.
 */
function saidInTurn(
  messages: readonly BaseMessage[],
  caller: AIMessage | undefined,
  toolCallId: string,
  target: string,
): BaseMessage[] {
  if (caller === undefined) return [];
  const from = messages.findLastIndex(({ type }) => type === 'human') + 1;
  const said = messages.slice(from, messages.indexOf(caller) + 1);
  const answers = (caller.tool_calls ?? []).map(({ id = '', name }) => {
    const answer = { name, tool_call_id: id };
    if (id === toolCallId)
      return new ToolMessage({ ...answer, content: `Transferred to ${target}.` });
    const content = isTransfer(name)
      ? notTransferred
      : 'No result: the work was handed on before this tool answered.';
    return new ToolMessage({ ...answer, content, status: 'error' });
  });
  return [...said, ...answers];
}
