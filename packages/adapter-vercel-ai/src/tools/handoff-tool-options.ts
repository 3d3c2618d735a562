import {
  createAgentState,
  type HandoffAgent,
  HandoffError,
  type HandoffInput,
  type HandoffManager,
  type HandoffReason,
  messageText,
  type ParentHandoffId,
} from '@agent-handoff/core';
import { handoffToolSpec, type Verb } from '@agent-handoff/core/adapter';
import type { ModelMessage, Schema } from 'ai';
import { toSchema } from '../loop/to-schema.ts';
import { fromModelMessages } from '../messages/from-model-messages.ts';

/** What the tools that hand work on have in common. */
export interface HandoffToolOptions<Agent extends HandoffAgent = HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  /** Whose tool it is, or how that is found; default `user`, which may hand work to every agent. */
  readonly source?: Agent['id'] | 'user' | (() => string);
  readonly target: Agent['id'];
  /** What the model reads about the tool; default made of the target's name and description. */
  readonly description?: string;
  /** The handoff that the tool's owner works on, or how it is found; default none, a call begins a task. */
  readonly parent?: ParentHandoffId | (() => ParentHandoffId | undefined);
  /** Whether the target is given the conversation too: its summary and its last five messages. */
  readonly keepMessages?: boolean;
  /** What every call carries, beside what the model writes. */
  readonly instructions?: string;
}

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
 * What a model is told of the tool.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an id that the manager doesn't have.
 */
export function describeTool(
  { manager, target, source = 'user', description }: HandoffToolOptions,
  verb: Verb,
): { description: string; inputSchema: Schema<HandoffToolInput> } {
  for (const id of [source, target]) {
    if (typeof id === 'function' || id === 'user' || manager.agents.has(id)) continue;
    throw new HandoffError('INVALID_CONFIGURATION', `The manager has no agent "${id}".`, {
      details: { agentId: id },
    });
  }
  const spec = handoffToolSpec(verb, manager.agents.get(target) as HandoffAgent);
  return {
    description: description ?? spec.description,
    inputSchema: toSchema<HandoffToolInput>(spec.inputSchema),
  };
}

/** Whose tool it is now. */
export function toolSource({ source = 'user' }: HandoffToolOptions): string {
  return typeof source === 'function' ? source() : source;
}

/** What a call of the tool asks of the manager. */
export function toHandoffInput(
  options: HandoffToolOptions,
  reason: HandoffReason,
  input: HandoffToolInput | undefined,
  messages: readonly ModelMessage[],
): HandoffInput<HandoffAgent> {
  const { target, keepMessages = false } = options;
  // Some models write nothing where an object is wanted.
  const { task, payload, instructions: wanted } = input ?? {};
  const source = toolSource(options);
  const parent = typeof options.parent === 'function' ? options.parent() : options.parent;
  const instructions = [options.instructions, wanted].filter(Boolean).join('\n\n');
  return {
    source,
    target,
    task: task ?? (reason === 'delegation' ? '' : lastRequest(messages)),
    reason,
    ...(payload === undefined ? {} : { payload }),
    ...(keepMessages
      ? {
          keepMessages,
          state: createAgentState({ agentId: source, messages: fromModelMessages(messages) }),
        }
      : {}),
    ...(parent === undefined ? {} : { parent }),
    ...(instructions === '' ? {} : { instructions }),
  };
}

/** What the user said last. */
export function lastRequest(messages: readonly ModelMessage[]): string {
  const last = fromModelMessages(messages).findLast(({ role }) => role === 'user');
  return (last && messageText(last)) || 'Go on with the conversation.';
}
