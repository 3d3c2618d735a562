import type { HandoffManager, HandoffResult } from '@agent-handoff/core';
import {
  checkOptions,
  type HandoffAgent,
  HandoffError,
  type Message,
  message,
} from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { Command } from '@langchain/langgraph';
import { toStreamedMessages } from '../messages/message-id.ts';
import { updateOf } from '../run/parent-command.ts';
import { goOnFrom } from './go-on-from.ts';
import { HandoffRunnable, type HandoffRunnableOutput } from './handoff-runnable.ts';
import type { HandoffDefaults, NeedsPayload } from './handoff-runnable-input.ts';
import { type OnceKey, onceInGraph } from './once-in-graph.ts';
import { leftBy } from './pausable-run.ts';
import { toAnswerMessage, toState } from './transfer-turn.ts';

/** What the node reads of the state of its graph: a conversation. */
export interface HandoffNodeState {
  readonly messages: readonly BaseMessage[];
  readonly activeAgent?: string;
}

/** What `handoffNode` takes. */
export interface HandoffNodeOptions<Agent extends HandoffAgent = HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  /** The id of the agent that the work goes to; of any framework, but none that needs a payload. */
  readonly target: Exclude<Agent, NeedsPayload<Agent>>['id'];
  /** The id of the agent that hands on; default `user`. */
  readonly source?: Agent['id'] | 'user';
  /**
   * Goes where the agents transfer the conversation, until one of them answers: the node is a swarm. Each
   * gets the whole conversation, all that they say and do is added, and `activeAgent` of the state keeps
   * who gets the next turn instead of the target. Default false.
   */
  readonly followTransfers?: boolean;
}

const optionNames = {
  manager: true,
  target: true,
  source: true,
  followTransfers: true,
} satisfies Record<keyof HandoffNodeOptions, true>;

/** What the node adds to the state. */
export interface HandoffNodeUpdate {
  readonly messages: BaseMessage[];
  /** Where transfers are followed. */
  readonly activeAgent?: string;
}

/**
 * A node of a StateGraph that hands what a person said last in `messages` to an agent, with the last five
 * messages of the conversation, and adds its answer. Rejects with a `HandoffError` where the handoff
 * doesn't complete, and with `INVALID_CONTEXT` where no person has said anything.
 *
 * A node that runs again on the same checkpoint finds the handoff that it made. Where that didn't complete,
 * each try of the node's `retryPolicy`, and each time that the graph is resumed, is a handoff of its own;
 * only a denied approval stays denied. Where transfers are followed, a further try goes on with who had the
 * conversation. A target that leaves by a Command to the graph around it is done: its handoff is completed,
 * and the graph goes where the Command says.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where the manager has no such target or source.
 *
 * @example
 * new StateGraph(MessagesAnnotation)
 *   .addNode('billing', handoffNode({ manager, target: 'billing' }))
 *   .addEdge(START, 'billing');
 */
export function handoffNode<Agent extends HandoffAgent>(
  options: HandoffNodeOptions<Agent>,
): (state: HandoffNodeState, config: RunnableConfig) => Promise<HandoffNodeUpdate> {
  checkOptions('handoffNode', options, optionNames);
  const {
    manager,
    target,
    source,
    followTransfers = false,
  } = options as unknown as HandoffNodeOptions;
  const defaults: HandoffDefaults = source === undefined ? { target } : { target, source };
  const handoff = HandoffRunnable.from(manager, defaults, { followTransfers });
  return async (state, config) => {
    const said = state.messages.findLast(({ type }) => type === 'human');
    // Where transfers are followed, what a person said is told again to all who get the conversation.
    const before = followTransfers
      ? state.messages.filter((each) => each !== said)
      : state.messages;
    const input = {
      target: followTransfers ? (state.activeAgent ?? target) : target,
      task: textOf(said),
      state: toState(source ?? 'user', before),
      keepMessages: followTransfers ? before.length : true,
    };
    const { result, update } = await onceInGraph(
      manager,
      nodeKey(config, [source, input.target, input.task]),
      async (key, failed) => {
        const again = failed && followTransfers ? await goOnFrom(manager, failed) : undefined;
        const result = await handoff.invoke(again?.input ?? input, key);
        return { result, update: toUpdate(result, again?.before) };
      },
    );
    const left = leftBy.get(result);
    if (left === undefined) return update;
    // The graph around the target is the one that has this node.
    const graph = config.configurable?.['checkpoint_ns'];
    left.command = new Command({
      ...left.command,
      graph,
      update: { ...updateOf(left), ...update },
    });
    throw left;
  };
}

/**
 * The node's checkpoint, the same when the node runs again, and what tells the handoff from others in the
 * node. Outside of a graph there is no key.
 */
function nodeKey(
  { configurable = {} }: RunnableConfig,
  which: readonly (string | undefined)[],
): OnceKey {
  const { thread_id, checkpoint_ns } = configurable;
  if (typeof checkpoint_ns !== 'string' || checkpoint_ns === '') return {};
  return { idempotencyKey: JSON.stringify([thread_id, checkpoint_ns, ...which]) };
}

function toUpdate(
  result: HandoffRunnableOutput,
  before: readonly HandoffResult[] = [],
): HandoffNodeUpdate {
  const { activeAgentId, steps } = result;
  return steps === undefined || activeAgentId === undefined
    ? { messages: [toAnswerMessage(result)] }
    : {
        messages: toStreamedMessages([...before, ...steps].flatMap(saidBy)),
        activeAgent: activeAgentId,
      };
}

/** What an agent said and did, under its name. */
function saidBy({ messages = [], output, targetAgentId: name }: HandoffResult): Message[] {
  if (messages.length === 0 && output) return [{ ...message.assistant(output), name }];
  return messages.map((each) => (each.role === 'assistant' ? { ...each, name } : each));
}

function textOf(said: BaseMessage | undefined): string {
  if (said !== undefined) return said.text;
  throw new HandoffError(
    'INVALID_CONTEXT',
    'There is no message of a person in the state, so the node has nothing to hand on.',
  );
}
