import type { HandoffManager } from '@agent-handoff/core';
import { HandoffError } from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { HandoffRunnable } from './handoff-runnable.ts';
import { toAnswerMessage, toState } from './transfer-turn.ts';

/** A state with a conversation in it. */
interface MessagesState {
  readonly messages: readonly BaseMessage[];
}

/** What `handoffNode` takes. */
export interface HandoffNodeOptions<State extends MessagesState = MessagesState> {
  readonly manager: HandoffManager;
  /** The id of the agent that the work goes to; of any framework. */
  readonly target: string;
  /** The id of the agent that hands on; default `user`. */
  readonly source?: string;
  /** What is to be done; default what a person said last. */
  readonly task?: (state: State) => string;
  /** Also hands on the last five messages of the conversation; default true. */
  readonly keepMessages?: boolean;
}

/** What the node adds to the state. */
export interface HandoffNodeUpdate {
  readonly messages: BaseMessage[];
}

/**
 * A node of a StateGraph that hands the conversation in `messages` to an agent and adds its answer. With
 * a checkpointer a node that runs again finds the handoff that it made. Rejects with a `HandoffError`
 * where the handoff doesn't complete.
 *
 * @example
 * new StateGraph(MessagesAnnotation)
 *   .addNode('billing', handoffNode({ manager, target: 'billing' }))
 *   .addEdge(START, 'billing');
 */
export function handoffNode<State extends MessagesState = MessagesState>({
  manager,
  target,
  source,
  task = saidLast,
  keepMessages = true,
}: HandoffNodeOptions<State>): (
  state: State,
  config: RunnableConfig,
) => Promise<HandoffNodeUpdate> {
  const defaults = { target, keepMessages, ...(source === undefined ? {} : { source }) };
  const handoff = HandoffRunnable.from(manager, defaults);
  return async (state, config) => {
    const input = { task: task(state), state: toState(source ?? 'user', state.messages) };
    return { messages: [toAnswerMessage(await handoff.invoke(input, nodeKey(config)))] };
  };
}

/** A run of a node has a namespace of its own, the same when it is resumed. */
function nodeKey({ configurable = {} }: RunnableConfig): { idempotencyKey?: string } {
  const { thread_id, checkpoint_ns } = configurable as Record<string, unknown>;
  if (typeof checkpoint_ns !== 'string' || checkpoint_ns === '') return {};
  return { idempotencyKey: JSON.stringify([thread_id ?? null, checkpoint_ns]) };
}

function saidLast({ messages }: MessagesState): string {
  const said = messages.findLast(({ type }) => type === 'human');
  if (said !== undefined) return said.text;
  throw new HandoffError(
    'INVALID_CONTEXT',
    'There is no message of a person in the state: tell handoffNode the task.',
  );
}
