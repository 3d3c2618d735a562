import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { OnceKey } from './once-in-graph.ts';

/** The messages of the agent that a tool runs for; none outside of a graph. */
export function messagesAround(config: RunnableConfig | undefined): readonly BaseMessage[] {
  const { state, configurable } = (config ?? {}) as RunnableConfig & { readonly state?: unknown };
  const { currentTaskInput } = (configurable?.['__pregel_scratchpad'] ?? {}) as {
    readonly currentTaskInput?: unknown;
  };
  const around = state ?? currentTaskInput;
  if (Array.isArray(around)) return around as BaseMessage[];
  const { messages } = (around ?? {}) as { readonly messages?: BaseMessage[] };
  return messages ?? [];
}

/** The message in which the model made this call. */
export function callingMessage(
  messages: readonly BaseMessage[],
  toolCallId: string,
): AIMessage | undefined {
  return messages.findLast(
    (each): each is AIMessage =>
      AIMessage.isInstance(each) && (each.tool_calls ?? []).some(({ id }) => id === toolCallId),
  );
}

/**
 * The idempotency key of the handoff that a tool call asks for: LangGraph runs tools again when it
 * resumes. A call that somebody edited since, under its id, asks for another one. Undefined outside of a
 * graph, where nothing runs again.
 */
export function callKey(
  config: RunnableConfig | undefined,
  caller: AIMessage | undefined,
  toolCallId: string,
): OnceKey {
  if (caller?.id === undefined || toolCallId === '') return {};
  const threadId: unknown = config?.configurable?.['thread_id'];
  const args = caller.tool_calls?.find(({ id }) => id === toolCallId)?.args;
  return { idempotencyKey: JSON.stringify([threadId ?? null, caller.id, toolCallId, args]) };
}
