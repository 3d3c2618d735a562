import type { HandoffManager } from '@agent-handoff/core';
import {
  type HandoffAgent,
  HandoffError,
  type Json,
  type JsonObject,
  toJsonSchema,
} from '@agent-handoff/core/adapter';

/** What a model passes to hand work to a target. */
export interface TargetInput {
  readonly task: string;
  readonly instructions?: string;
  readonly payload?: Json;
}

/**
 * The target of a handoff tool.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where the manager has no such agent.
 */
export function targetOf(manager: HandoffManager, target: string): HandoffAgent {
  const agent = manager.agents.get(target);
  if (agent) return agent;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The target "${target}" is not an agent of the manager, which has ${[...manager.agents.keys()].join(', ')}.`,
    { details: { target } },
  );
}

/** The JSON Schema of {@link TargetInput}, with the target's own payload where it takes one. */
export function targetInputSchema({ id, payloadSchema }: HandoffAgent): JsonObject {
  const payload = payloadSchema && toJsonSchema(payloadSchema, `payloadSchema of agent "${id}"`);
  return {
    type: 'object',
    properties: {
      task: {
        type: 'string',
        minLength: 1,
        description: 'What is to be done, with all that is needed.',
      },
      instructions: { type: 'string', description: 'How to do it.' },
      ...(payload === undefined ? {} : { payload: withoutDialect(payload) }),
    },
    required: payload === undefined ? ['task'] : ['task', 'payload'],
    additionalProperties: false,
  };
}

const withoutDialect = ({ $schema: _, ...schema }: JsonObject): JsonObject => schema;

/** What the target is good at, behind what the tool does. */
export const toDescription = (does: string, { name, description }: HandoffAgent): string =>
  [`${does.replace('{name}', name)}`, description].filter(Boolean).join(' ');
