import type { HandoffManager } from '@agent-handoff/core';
import {
  type HandoffAgent,
  HandoffError,
  handoffToolSpec,
  type Verb,
} from '@agent-handoff/core/adapter';
import { type AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { pickRunnableConfigKeys } from '@langchain/core/runnables';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { structuredTool, toolCallIdOf } from '../model/to-langchain-tool.ts';
import { callingMessage, callKey, messagesAround } from './calling-message.ts';
import { HandoffRunnable, type HandoffRunnableOutput } from './handoff-runnable.ts';
import type { HandoffRunnableInput } from './handoff-runnable-input.ts';
import { onceInGraph } from './once-in-graph.ts';
import { type HandoffToolInput, targetOf } from './target-of.ts';

/** What a tool takes that hands on to one agent. */
export interface HandoffToolOptions<Agent extends HandoffAgent = HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  /** The id of the agent that the work goes to; of any framework. */
  readonly target: Agent['id'];
  /** The id of the agent that hands on; default the one whose handoff runs, else `user`. */
  readonly source?: Agent['id'] | 'user';
}

/** The names of {@link HandoffToolOptions}. */
export const handoffToolOptions = {
  manager: true,
  target: true,
  source: true,
} satisfies Record<keyof HandoffToolOptions, true>;

/** One call of such a tool. */
export interface HandoffCall {
  readonly input: HandoffToolInput;
  readonly toolCallId: string;
  /** The agent's, and the one among them that made the call. */
  readonly messages: readonly BaseMessage[];
  readonly caller: AIMessage | undefined;
  handOn(input: HandoffRunnableInput): Promise<HandoffRunnableOutput>;
  answer(content: string, status: 'success' | 'error', artifact?: unknown): ToolMessage;
}

/** A tool that hands on to an agent; a handoff that doesn't complete is told to the model. */
export function handoffTool(
  verb: Verb,
  {
    manager,
    target,
    source,
    returnDirect = false,
  }: HandoffToolOptions & { readonly returnDirect?: boolean },
  act: (call: HandoffCall) => Promise<unknown>,
): DynamicStructuredTool {
  const { reason, ...spec } = handoffToolSpec(verb, targetOf(manager, target));
  const defaults = { target, reason, ...(source === undefined ? {} : { source }) };
  const handoff: HandoffRunnable = HandoffRunnable.from(manager, defaults);
  return structuredTool(
    spec,
    async (input, config) => {
      const toolCallId = toolCallIdOf(config);
      const messages = messagesAround(config);
      const caller = callingMessage(messages, toolCallId);
      const around = pickRunnableConfigKeys(config);
      const answer: HandoffCall['answer'] = (content, status, artifact) => {
        // LangChain ends an agent at an answer that bears the name of such a tool, in earlier versions at any.
        const name = returnDirect && status === 'error' ? {} : { name: spec.name };
        return new ToolMessage({ ...name, content, tool_call_id: toolCallId, status, artifact });
      };
      try {
        return await act({
          input: input as HandoffToolInput,
          toolCallId,
          messages,
          caller,
          handOn: (given) =>
            onceInGraph(manager, callKey(config, caller, toolCallId), (key) =>
              handoff.invoke(given, { ...around, ...key }),
            ),
          answer,
        });
      } catch (thrown) {
        if (!HandoffError.isInstance(thrown) || config?.signal?.aborted) throw thrown;
        return answer(thrown.message, 'error', thrown.toJSON());
      }
    },
    returnDirect,
  );
}
