import {
  createAgentState,
  type HandoffAgent,
  HandoffError,
  type HandoffInput,
  type HandoffManager,
  type HandoffReason,
  type JsonObject,
  type ParentHandoffId,
} from '@agent-handoff/core';
import { toJsonSchema } from '@agent-handoff/core/adapter';
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
  /** The work, in words. */
  readonly task: string;
  /** The typed input of the target, where it declares a `payloadSchema`. */
  readonly payload?: unknown;
}

/**
 * The target, and the schema of what a model must write in order to hand it work.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an id that the manager doesn't have.
 */
export function toolTarget({ manager, target, source = 'user' }: HandoffToolOptions): {
  agent: HandoffAgent;
  inputSchema: Schema<HandoffToolInput>;
} {
  for (const id of [source, target]) {
    if (typeof id === 'function' || id === 'user' || manager.agents.has(id)) continue;
    throw new HandoffError('INVALID_CONFIGURATION', `The manager has no agent "${id}".`, {
      details: { agentId: id },
    });
  }
  const agent = manager.agents.get(target) as HandoffAgent;
  const { payloadSchema } = agent;
  const properties: Record<string, JsonObject> = {
    task: { type: 'string', description: 'The work, with everything that is needed to do it.' },
  };
  if (payloadSchema) {
    properties['payload'] = toJsonSchema(payloadSchema, `payloadSchema of agent "${target}"`);
  }
  const required = Object.keys(properties);
  const schema = { type: 'object', properties, required, additionalProperties: false };
  return { agent, inputSchema: toSchema<HandoffToolInput>(schema) };
}

/** Whose tool it is now. */
export function toolSource({ source = 'user' }: HandoffToolOptions): string {
  return typeof source === 'function' ? source() : source;
}

/** What a call of the tool asks of the manager. */
export function toHandoffInput(
  options: HandoffToolOptions,
  reason: HandoffReason,
  // Some models write nothing where an object is wanted.
  { task, payload }: Partial<HandoffToolInput> = {},
  messages: readonly ModelMessage[],
): HandoffInput<HandoffAgent> {
  const { target, keepMessages = false, instructions } = options;
  const source = toolSource(options);
  const parent = typeof options.parent === 'function' ? options.parent() : options.parent;
  return {
    source,
    target,
    task: task as string,
    reason,
    ...(payload === undefined ? {} : { payload }),
    ...(keepMessages
      ? {
          keepMessages,
          state: createAgentState({ agentId: source, messages: fromModelMessages(messages) }),
        }
      : {}),
    ...(parent === undefined ? {} : { parent }),
    ...(instructions === undefined ? {} : { instructions }),
  };
}
