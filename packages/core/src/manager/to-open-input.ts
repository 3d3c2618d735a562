import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { checkFields } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { derivedId, keyedHandoffId } from '../line/derived-id.ts';
import type { OpenInput } from '../line/open-input.ts';
import type { IdSource } from '../runtime/id-source.ts';
import {
  type HandoffInput,
  handoffFields,
  type ParentHandoffId,
  type RequestOptions,
} from './handoff-input.ts';

/** The ids of a handoff to be. */
export interface NewIds {
  readonly taskId: string;
  readonly handoffId: string;
}

/** Random ids; with an idempotency key ones that derive from it, the same in every process. */
export function newIds(
  ids: IdSource,
  name: string,
  options: RequestOptions,
): NewIds | Promise<NewIds> {
  return options.idempotencyKey === undefined
    ? { taskId: ids('task'), handoffId: ids('handoff') }
    : derivedIds(name, options);
}

async function derivedIds(
  name: string,
  { idempotencyKey, principal = '' }: RequestOptions,
): Promise<NewIds> {
  if (typeof idempotencyKey !== 'string' || idempotencyKey === '') {
    throw new HandoffError(
      'INVALID_CONTEXT',
      'The idempotencyKey is empty: pass text, or leave it out.',
    );
  }
  return {
    taskId: await derivedId(name, principal, idempotencyKey),
    handoffId: await keyedHandoffId({ name }, { principal, idempotencyKey }),
  };
}

/** The fields of an input that become part of the context as they are. */
const contentFields = [
  'deadlineAt',
  'findings',
  'instructions',
  'keepMessages',
  'metadata',
  'payload',
  'scope',
  'state',
  'traceparent',
] as const;

/**
 * A caller's input as the line takes it.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for what isn't an input, or has a field that inputs don't.
 */
export function toOpenInput(
  input: HandoffInput<HandoffAgent>,
  options: RequestOptions & { readonly timeoutMs?: number },
  { taskId, handoffId }: NewIds,
): OpenInput {
  checkFields('A handoff', input, handoffFields);
  const { source, target, reason = 'specialization', task, parent } = input;
  const content: Record<string, unknown> = { originalTask: task };
  for (const field of contentFields) {
    if (input[field] !== undefined) content[field] = input[field];
  }
  return {
    handoffId,
    taskId,
    target,
    reason,
    parentIds: parent === undefined ? [] : [parentId(parent)],
    content: content as unknown as OpenInput['content'],
    whole: false,
    accept: true,
    ...(source === undefined ? {} : { source }),
    ...requestFields(options),
  };
}

/** Whether an input is a whole context. */
export function isContext(input: unknown): input is HandoffContext {
  return typeof input === 'object' && input !== null && 'originalTask' in input;
}

/** A whole context as the line takes it. */
export function fromContext(
  context: HandoffContext,
  options: RequestOptions & { readonly timeoutMs?: number },
): OpenInput {
  const {
    version,
    handoffId,
    taskId,
    parentIds,
    sourceAgentId: source,
    targetAgentId: target,
    reason,
    ...content
  } = context;
  if (version !== 1) {
    throw new HandoffError(
      'UNSUPPORTED_VERSION',
      `The context has version ${JSON.stringify(version)}; this package runs version 1.`,
    );
  }
  return {
    handoffId,
    taskId,
    source,
    target,
    reason,
    parentIds,
    content,
    whole: true,
    accept: true,
    ...requestFields(options),
  };
}

function requestFields(
  options: RequestOptions & { readonly timeoutMs?: number },
): Pick<OpenInput, 'limits' | 'timeoutMs' | 'origin' | 'findingOrigins' | 'principal' | 'keyed'> {
  const { limits, timeoutMs, origin = 'own', findingOrigins, principal, idempotencyKey } = options;
  checkTimeout(timeoutMs);
  return {
    origin,
    ...(idempotencyKey === undefined ? {} : { keyed: true }),
    ...(limits === undefined ? {} : { limits }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(findingOrigins === undefined ? {} : { findingOrigins }),
    ...(principal === undefined ? {} : { principal }),
  };
}

/** @throws HandoffError `INVALID_CONFIGURATION` for a timeout that is over before it begins. */
export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs > 0) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `timeoutMs is ${timeoutMs}: give milliseconds above 0.`,
  );
}

/** The id of a parent. */
export function parentId(parent: ParentHandoffId): string {
  // What isn't an id is refused with the rest of the input.
  return typeof parent === 'string' ? parent : parent?.handoffId;
}
