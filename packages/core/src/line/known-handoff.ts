import { canonicalJson } from '../context/canonical-json.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { JsonObject } from '../context/json.ts';
import { plainCopy } from '../context/plain-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask } from '../record/task-state.ts';
import { readStore } from './append-records.ts';
import { checkPayload } from './build-context.ts';
import type { Opened } from './claim.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import { resultOf } from './read-result.ts';
import { readStoredContext } from './stored-bodies.ts';

/** A whole context may be of a handoff that is recorded and waits: then that record is what counts. */
export async function recordedHandoff(line: Line, input: OpenInput): Promise<Opened | undefined> {
  const { handoffId, content, target, source, reason, taskId, parentIds } = input;
  const storedTask = await readStore(() => line.store.findTask(handoffId), `find "${handoffId}"`);
  if (storedTask === undefined) return undefined;
  const log = await readStore(() => line.store.readTask(storedTask), `read task "${storedTask}"`);
  const given = {
    ...content,
    handoffId,
    parentIds,
    reason,
    sourceAgentId: source,
    targetAgentId: target,
    taskId,
    version: 1,
  };
  return knownHandoff(line, input, given, log);
}

/**
 * The handoff was opened before: the same one, or another under its id.
 *
 * @param given the context, or what it would be if it were opened now.
 * @throws HandoffError `INVALID_CONTEXT` where it is another one.
 */
export async function knownHandoff(
  line: Line,
  input: OpenInput,
  given: object,
  log: readonly HandoffRecord[],
): Promise<Opened> {
  const { handoffId, accept } = input;
  const known = foldTask(log).handoffs.get(handoffId);
  if (known === undefined) throw otherInput(handoffId);
  const { context: stored } = await readStoredContext(line, known.requested);
  if (!(await isSame(line, input, stored, given))) throw otherInput(handoffId);
  // A refusal is final, however it is asked for again.
  if (known.end?.type === 'rejected') {
    return { kind: 'settled', result: await resultOf(line, known) };
  }
  return accept
    ? { kind: 'elsewhere', taskId: stored.taskId, handoffId }
    : { kind: 'requested', context: stored };
}

function otherInput(handoffId: string): HandoffError {
  return new HandoffError(
    'INVALID_CONTEXT',
    `The handoff "${handoffId}" exists with another input: use another idempotency key for other work, or pass the context unchanged.`,
    { details: { handoffId } },
  );
}

async function isSame(
  line: Line,
  input: OpenInput,
  stored: HandoffContext,
  given: object,
): Promise<boolean> {
  const expected = comparable(line, input, stored);
  if (comparable(line, input, given) === expected) return true;
  const target = line.agents.get(input.target);
  if (!input.whole || target === undefined) return false;
  // A context from elsewhere has the payload as it was before the target's schema made it its own.
  const { payload } = (await checkPayload(target, input)).content;
  return comparable(line, input, { ...given, payload }) === expected;
}

/**
 * What must be the same for two openings to be one: all but what changes with time, with the task's
 * balance, or with a parent that has gone on.
 */
function comparable(line: Line, { whole, parentIds, content }: OpenInput, context: object): string {
  const { createdAt: _, remaining: __, scope: ___, ...rest } = context as HandoffContext;
  const { conversationSummary: ____, ...unsummarized } = rest;
  // A model words a summary differently each time.
  const all: typeof rest = line.writeSummary && content.state ? unsummarized : rest;
  if (whole || parentIds.length === 0) return canonical(line, all);
  const { confidence, conversationSummary, keyMessages, stateSnapshot, ...asked } = all;
  return canonical(line, {
    ...asked,
    findings: pick(all.findings, content.findings),
    metadata: pick(all.metadata, content.metadata),
    ...(content.state && { confidence, conversationSummary, keyMessages, stateSnapshot }),
  });
}

function pick(all: JsonObject, asked: object | undefined): JsonObject {
  return Object.fromEntries(Object.entries(all).filter(([key]) => Object.hasOwn(asked ?? {}, key)));
}

function canonical(line: Line, value: object): string {
  return canonicalJson(plainCopy(value, { path: 'context', redact: line.redact }));
}
