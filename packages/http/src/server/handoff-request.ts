import {
  HandoffError,
  type HandoffReason,
  type Json,
  type JsonObject,
  type Limits,
} from '@agent-handoff/core';

/** The body of `POST /handoffs` in `application/json`: work for an agent, in its caller's own words. */
export interface HandoffRequest {
  /** The id of the agent that is to work. */
  readonly target: string;
  /** The work, in words. */
  readonly task: string;
  /** Default `specialization`. */
  readonly reason?: HandoffReason;
  readonly findings?: JsonObject;
  readonly instructions?: string;
  readonly payload?: Json;
  /** The id of a handoff of the caller's that this one continues. */
  readonly parent?: string;
  readonly scope?: readonly string[];
  /** RFC 3339 UTC. */
  readonly deadlineAt?: string;
  readonly metadata?: JsonObject;
  /** W3C Trace Context; default the request's header of that name. */
  readonly traceparent?: string;
  /** Tighter limits for the task. */
  readonly limits?: Partial<Limits>;
}

const fields: ReadonlySet<string> = new Set<keyof HandoffRequest>([
  'deadlineAt',
  'findings',
  'instructions',
  'limits',
  'metadata',
  'parent',
  'payload',
  'reason',
  'scope',
  'target',
  'task',
  'traceparent',
]);

const limitNames: ReadonlySet<string> = new Set<keyof Limits>([
  'maxCostUsd',
  'maxHandoffs',
  'maxTokens',
  'maxVisitsPerAgent',
  'timeoutMs',
]);

/**
 * The request in a body. What the manager checks by itself is left to it.
 *
 * @throws HandoffError `INVALID_CONTEXT`.
 */
export function parseHandoffRequest(body: Json): HandoffRequest {
  if (!isObject(body)) throw invalid('The body is not an object', 'body');
  for (const name of Object.keys(body)) {
    if (fields.has(name)) continue;
    const known = [...fields].join(', ');
    throw invalid(`A handoff has no field ${JSON.stringify(name)}: the fields are ${known}`, name);
  }
  const { parent, limits } = body;
  if (typeof body['target'] !== 'string')
    throw invalid('target is not the id of an agent', 'target');
  if (typeof body['task'] !== 'string') throw invalid('task is not a text', 'task');
  if (parent !== undefined && typeof parent !== 'string') {
    throw invalid('parent is not the id of a handoff', 'parent');
  }
  if (limits !== undefined) checkLimits(limits);
  return body as unknown as HandoffRequest;
}

function checkLimits(limits: Json): void {
  if (!isObject(limits)) throw invalid('limits is not an object', 'limits');
  for (const [name, bound] of Object.entries(limits)) {
    const path = `limits.${name}`;
    if (!limitNames.has(name)) {
      throw invalid(`There is no limit ${JSON.stringify(name)}`, path);
    }
    const isBound = typeof bound === 'number' && bound > 0;
    if (!isBound || !(name === 'maxCostUsd' || Number.isSafeInteger(bound))) {
      throw invalid(
        `${path} is not a${name === 'maxCostUsd' ? '' : ' whole'} number above 0`,
        path,
      );
    }
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problem: string, path: string): HandoffError {
  return new HandoffError('INVALID_CONTEXT', `${problem}.`, { details: { path } });
}
