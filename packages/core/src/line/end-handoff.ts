import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';
import { settle } from '../policy/ledger.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { descendantsOf, foldTask, grantOf, type HandoffState } from '../record/task-state.ts';
import { appendRecords } from './append-records.ts';
import { planEnd } from './close-handoff.ts';
import { delegatedUsage } from './delegated-usage.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';
import { readResult } from './read-result.ts';
import { readOutcome, readStoredContext } from './stored-bodies.ts';
import { errorOutcome } from './to-outcome.ts';

/**
 * Ends a handoff from outside, whoever runs it, and the work that it gave out: the ends are recorded,
 * and runs in this process are stopped. Where it had ended before, that end stands and is the result.
 *
 * @param log the task's log; the handoff is in it.
 */
export async function endHandoff(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
  error: HandoffError,
): Promise<HandoffResult> {
  const { requested } = foldTask(log).handoffs.get(handoffId) as HandoffState;
  const { context, spent } = await readStoredContext(line, requested);
  const now = line.clock.now();
  let behind = log;
  const appended = await appendRecords(line, requested.taskId, log.at(-1), async (head, reread) => {
    behind = reread ?? log;
    const task = foldTask(behind);
    const waited = await readWaited(line, behind, handoffId);
    const consumed = waited?.ownUsage ?? waited?.usage ?? spent;
    const outcome = errorOutcome(line, context, error, consumed);
    return planEnd(
      line,
      (task.handoffs.get(handoffId) as HandoffState).accepted ?? requested,
      await delegatedUsage(line, outcome, handoffId, task),
      {
        now,
        ledger: settle((head as HandoffRecord).ledger, grantOf(handoffId, task), outcome.usage),
      },
    );
  });
  if (appended.status === 'known') return readResult(line, appended.records, handoffId);
  line.live.stop(handoffId, error);
  const after = [...behind, ...appended.records];
  await endUnder(line, after, handoffId, error);
  return readResult(line, after, handoffId);
}

/** Ends what a handoff gave out and nobody waits for any more, since it has ended without it. */
export async function endGivenOut(
  line: Line,
  { taskId, handoffId, error }: HandoffResult,
): Promise<void> {
  const log = await line.store.readTask(taskId);
  await endUnder(line, log, handoffId, HandoffError.fromJSON(error as HandoffErrorJson));
}

/** What was consumed by an attempt that ended to wait. */
async function readWaited(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
): Promise<Outcome | undefined> {
  const waited = log.findLast(
    (record) => record.handoffId === handoffId && record.type === 'approval-requested',
  );
  return waited && readOutcome(line, waited);
}

/** Work that nobody waits for any more ends too, as far down as it went. */
async function endUnder(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
  { message }: HandoffError,
): Promise<void> {
  for (const { requested, end } of descendantsOf(handoffId, foldTask(log))) {
    if (end) continue;
    const error = new HandoffError(
      'CANCELLED',
      `The handoff was cancelled, because the one that waited for it ended: ${message}`,
      { details: { parentId: handoffId } },
    );
    await endHandoff(line, log, requested.handoffId, error);
  }
}
