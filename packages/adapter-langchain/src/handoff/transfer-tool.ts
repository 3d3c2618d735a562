import { HandoffError, handoffToolSpec } from '@agent-handoff/core/adapter';
import { type AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { pickRunnableConfigKeys } from '@langchain/core/runnables';
import { DynamicStructuredTool } from '@langchain/core/tools';
import { Command, END } from '@langchain/langgraph';
import { toolCallIdOf } from '../model/to-langchain-tool.ts';
import { callingMessage, callKey, messagesAround } from './calling-message.ts';
import type { DelegateToolOptions } from './delegate-tool.ts';
import { HandoffRunnable } from './handoff-runnable.ts';
import { type HandoffToolInput, targetOf } from './target-of.ts';
import { toAnswerMessage, toAsked, toState } from './transfer-turn.ts';

/** What `transferTool` takes. */
export interface TransferToolOptions extends Omit<DelegateToolOptions, 'name'> {
  /** The node of the parent graph that goes on with the answer; default its end. */
  readonly goto?: string;
  /** Also hands on the last five messages of the conversation; default true. */
  readonly keepMessages?: boolean;
}

/**
 * A tool of an agent that is a node of a graph: hands the conversation on, leaves the agent and goes on
 * in the parent graph, whose `messages` get what the agent had said, every call of it answered, and the
 * target's answer. Of several transfers in one turn the first is made; tools that the model called beside
 * it are told to have no result, because LangGraph drops what they answer. Where that matters use
 * `handoffMiddleware`, which waits for them.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where the manager has no such target.
 */
export function transferTool(options: TransferToolOptions): DynamicStructuredTool {
  const { manager, target, source, goto = END, keepMessages = true } = options;
  const { name, inputSchema, ...spec } = handoffToolSpec('transfer', targetOf(manager, target));
  const defaults = { target, keepMessages, ...(source === undefined ? {} : { source }) };
  const handoff = HandoffRunnable.from(manager, defaults);
  return new DynamicStructuredTool({
    name,
    description: options.description ?? spec.description,
    schema: inputSchema as Record<string, unknown>,
    verboseParsingErrors: true,
    func: async (input, _manager, config): Promise<Command | ToolMessage> => {
      const toolCallId = toolCallIdOf(config);
      const messages = messagesAround(config);
      const caller = callingMessage(messages, toolCallId);
      const failed = (content: string): ToolMessage =>
        new ToolMessage({ content, name, tool_call_id: toolCallId, status: 'error' });
      const first = caller?.tool_calls?.find((call) => isTransfer(call.name));
      if (first && first.id !== toolCallId) return failed(notTransferred);
      try {
        const state = toState(source ?? 'user', messages);
        const result = await handoff.invoke(
          { state, ...toAsked(input as HandoffToolInput, messages) },
          {
            ...pickRunnableConfigKeys(config),
            ...callKey(config, caller, toolCallId),
          },
        );
        const said = saidInTurn(messages, caller, toolCallId, target);
        const update = { messages: [...said, toAnswerMessage(result)] };
        return new Command({ graph: Command.PARENT, goto, update });
      } catch (thrown) {
        if (!HandoffError.isInstance(thrown) || config?.signal?.aborted) throw thrown;
        return failed(thrown.message);
      }
    },
  });
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
