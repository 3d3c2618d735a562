import {
  createAgentState,
  type HandoffAgent,
  HandoffError,
  type HandoffInput,
  type HandoffManager,
  messageText,
  type ParentHandoffId,
} from '@agent-handoff/core';
import { handoffToolSpec, type Verb } from '@agent-handoff/core/adapter';
import type { ModelMessage } from 'ai';
import { toSchema } from '../loop/to-schema.ts';
import { fromModelMessages } from '../messages/from-model-messages.ts';
import { type HandoffUpdate, toModelOutput } from './handoff-update.ts';

/** What the tools that hand work on have in common. */
export interface HandoffToolOptions<Agent extends HandoffAgent = HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  /** Whose tool it is, or how that is found; default `user`, which may hand work to every agent. */
  readonly source?: Agent['id'] | 'user' | (() => string);
  readonly target: Agent['id'];
  /** The handoff that the tool's owner works on, or how it is found; default none, a call begins a task. */
  readonly parent?: ParentHandoffId | (() => ParentHandoffId | undefined);
}

/** The names of {@link HandoffToolOptions}. */
export const handoffToolOptions = {
  manager: true,
  source: true,
  target: true,
  parent: true,
} satisfies Record<keyof HandoffToolOptions, true>;

/** What the model writes into a call. */
export interface HandoffToolInput {
  /** The work, in words; default what the user said last. */
  readonly task?: string;
  /** How it is to be done, where that matters. */
  readonly instructions?: string;
  /** The typed input of the target, where it declares a `payloadSchema`. */
  readonly payload?: unknown;
}

/**
 * What the tools that hand work on have in common: what the model is told of them and of what came of
 * a call, and that the user is asked where a policy of the manager wants it.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an id that the manager doesn't have.
 */
export function toolFrame(options: HandoffToolOptions, verb: Verb) {
  const { manager, target, source = 'user', parent } = options;
  for (const id of [source, target]) {
    if (typeof id === 'function' || id === 'user' || manager.agents.has(id)) continue;
    throw unknownAgent(manager, id);
  }
  const agent = manager.agents.get(target) as HandoffAgent;
  const { reason, description, inputSchema } = handoffToolSpec(verb, agent);
  const sourceNow = (): string => (typeof source === 'function' ? source() : source);
  /** What a call asks of the manager. */
  const toHandoff = (
    input: HandoffToolInput | undefined,
    messages: readonly ModelMessage[],
  ): HandoffInput<HandoffAgent> => {
    // Some models write nothing where an object is wanted.
    const { task, payload, instructions } = input ?? {};
    const parentNow = typeof parent === 'function' ? parent() : parent;
    return {
      source: sourceNow(),
      target,
      reason,
      ...(parentNow === undefined ? {} : { parent: parentNow }),
      ...(payload === undefined ? {} : { payload }),
      ...(instructions ? { instructions } : {}),
      ...(verb === 'delegate' ? { task: task ?? '' } : conversation(sourceNow(), task, messages)),
    };
  };
  return {
    toHandoff,
    /** Between whom it is, now. */
    between: () => ({ sourceAgentId: sourceNow(), targetAgentId: target, reason }),
    tool: {
      description,
      inputSchema: toSchema<HandoffToolInput>(inputSchema),
      needsApproval: (
        input: HandoffToolInput,
        { messages }: { readonly messages: readonly ModelMessage[] },
      ): Promise<boolean> => asksUser(manager, toHandoff(input, messages)),
      toModelOutput: ({ output }: { readonly output: HandoffUpdate }) => toModelOutput(output),
    },
  };
}

/** What is said of an id that the manager doesn't have. */
export function unknownAgent({ agents }: HandoffManager, agentId: string): HandoffError {
  return new HandoffError(
    'INVALID_CONFIGURATION',
    `The manager has no agent "${agentId}"; it has ${[...agents.keys()].join(', ')}.`,
    { details: { agentId } },
  );
}

/** What goes along with a conversation that is given away: its summary and its last messages. */
function conversation(
  agentId: string,
  task: string | undefined,
  messages: readonly ModelMessage[],
): Pick<HandoffInput<HandoffAgent>, 'task' | 'state' | 'keepMessages'> {
  const state = createAgentState({ agentId, messages: fromModelMessages(messages) });
  return { task: task ?? lastRequest(messages), keepMessages: true, state };
}

/** What the user said last. */
export function lastRequest(messages: readonly ModelMessage[]): string {
  const last = fromModelMessages(messages).findLast(({ role }) => role === 'user');
  return (last && messageText(last)) || 'Go on with the conversation.';
}

async function asksUser(
  manager: HandoffManager,
  input: HandoffInput<HandoffAgent>,
): Promise<boolean> {
  try {
    return (await manager.preflight(input)).status === 'awaiting-approval';
  } catch {
    // Not to be asked about, and not permitted by that: the manager decides again.
    return false;
  }
}
