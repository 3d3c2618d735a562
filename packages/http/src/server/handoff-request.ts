import {
  HandoffError,
  type HandoffReason,
  type Json,
  type JsonObject,
  type Limits,
} from '@agent-handoff/core';

/** What a caller may say with every kind of work. */
export interface WorkRequest {
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

/** The body of `POST /handoffs` in `application/json`: work for an agent, in its caller's own words. */
export interface HandoffRequest extends WorkRequest {
  /** The id of the agent that is to work. */
  readonly target: string;
  /** The work, in words. */
  readonly task: string;
  /** Default `specialization`. */
  readonly reason?: HandoffReason;
}

/** The body of `POST /runs`: a turn of a conversation, or a single question to whoever can answer it. */
export interface RunRequest extends WorkRequest {
  /** The id of the agent that gets it first; in a conversation that exists, whoever is active does. */
  readonly entry: string;
  /** What the user says. */
  readonly input: string;
  /** The caller's own id for the conversation, at most 95 characters; absent: it is over with the answer. */
  readonly threadId?: string;
  /** Who has the next turn: whoever answered (`stay`, the default), or whoever had it first. */
  readonly afterTurn?: 'stay' | 'return';
}

const workFields: readonly (keyof WorkRequest)[] = [
  'deadlineAt',
  'findings',
  'instructions',
  'limits',
  'metadata',
  'parent',
  'payload',
  'scope',
  'traceparent',
];
const handoffFields: ReadonlySet<string> = new Set([
  ...workFields,
  ...(['reason', 'target', 'task'] satisfies (keyof HandoffRequest)[]),
]);
const runFields: ReadonlySet<string> = new Set([
  ...workFields,
  ...(['afterTurn', 'entry', 'input', 'threadId'] satisfies (keyof RunRequest)[]),
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
  const { target, task } = checkFields(body, 'handoff', handoffFields);
  if (typeof target !== 'string') throw invalid('target is not the id of an agent', 'target');
  if (typeof task !== 'string') throw invalid('task is not a text', 'task');
  return body as unknown as HandoffRequest;
}

/** @throws HandoffError `INVALID_CONTEXT`. */
export function parseRunRequest(body: Json): RunRequest {
  const { entry, input, threadId, afterTurn } = checkFields(body, 'run', runFields);
  if (typeof entry !== 'string') throw invalid('entry is not the id of an agent', 'entry');
  if (typeof input !== 'string') throw invalid('input is not a text', 'input');
  if (threadId !== undefined && typeof threadId !== 'string') {
    throw invalid('threadId is not an id', 'threadId');
  }
  if (afterTurn !== undefined && afterTurn !== 'stay' && afterTurn !== 'return') {
    throw invalid('afterTurn is neither "stay" nor "return"', 'afterTurn');
  }
  return body as unknown as RunRequest;
}

function checkFields(body: Json, what: string, fields: ReadonlySet<string>): JsonObject {
  if (!isObject(body)) throw invalid('The body is not an object', 'body');
  for (const name of Object.keys(body)) {
    if (fields.has(name)) continue;
    const known = [...fields].join(', ');
    throw invalid(`A ${what} has no field ${JSON.stringify(name)}: the fields are ${known}`, name);
  }
  const { parent, limits, scope } = body;
  if (parent !== undefined && typeof parent !== 'string') {
    throw invalid('parent is not the id of a handoff', 'parent');
  }
  if (scope !== undefined && !Array.isArray(scope)) throw invalid('scope is not a list', 'scope');
  if (limits !== undefined) checkLimits(limits);
  return body;
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
