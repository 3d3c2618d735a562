import { canonicalJson } from '../context/canonical-json.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { plainCopy } from '../context/plain-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask } from '../record/task-state.ts';
import { readStore } from './append-records.ts';
import type { Opened } from './claim.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
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

/** The handoff was opened before: the same one, or another under its id. */
export async function knownHandoff(
  line: Line,
  { handoffId, accept }: OpenInput,
  given: object,
  log: readonly HandoffRecord[],
): Promise<Opened> {
  const known = foldTask(log).handoffs.get(handoffId);
  const stored = known && (await readStoredContext(line, known.requested)).context;
  if (stored === undefined || contentOf(line, stored) !== contentOf(line, given)) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The handoff "${handoffId}" exists with another input: use another idempotency key for other work, or pass the context unchanged.`,
      { details: { handoffId } },
    );
  }
  return accept
    ? { kind: 'elsewhere', taskId: stored.taskId, handoffId }
    : { kind: 'requested', context: stored };
}

/**
 * What must be the same for two openings to be one: all but what time and the task's balance change.
 */
function contentOf(line: Line, context: object): string {
  const { createdAt: _, remaining: __, scope: ___, ...content } = context as HandoffContext;
  return canonicalJson(plainCopy(content, { path: 'context', redact: line.redact }));
}
