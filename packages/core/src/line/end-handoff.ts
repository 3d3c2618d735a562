import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';
import { settle } from '../policy/ledger.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { descendantsOf, foldTask, grantOf, type HandoffState } from '../record/task-state.ts';
import { appendRecords } from './append-records.ts';
import { planEnd } from './close-handoff.ts';
import { delegatedUsage } from './delegated-usage.ts';
import { cancelElsewhere } from './end-elsewhere.ts';
import { handoffIn } from './handoff-in.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';
import { readResult } from './read-result.ts';
import { readOutcome, readStoredContext } from './stored-bodies.ts';
import { errorOutcome } from './to-outcome.ts';

/** What was ended. */
export interface Ended {
  /** The task's log, with the end in it. */
  readonly log: readonly HandoffRecord[];
  /** The handoffs that ended with it, as they stood before; none where it was not ended by this call. */
  readonly handoffs: readonly HandoffState[];
}

/**
 * Ends a handoff from outside, whoever runs it, and the work that it gave out: the ends are recorded,
 * runs in this process are stopped, and agents of others are told, for whose answer nobody waits. Where
 * it had ended before, that end stands and is the result.
 *
 * @param log the task's log; the handoff is in it.
 */
export async function endHandoff(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
  error: HandoffError,
): Promise<HandoffResult> {
  const ended = await recordEnd(line, log, handoffId, error);
  tellOthers(line, ended.handoffs);
  return readResult(line, ended.log, handoffId);
}

/**
 * {@link endHandoff} for one whose newest record says that it is to end. False where it has moved on
 * meanwhile, or has ended: nothing is done then.
 */
export async function endUnmoved(
  line: Line,
  log: readonly HandoffRecord[],
  newest: HandoffRecord,
  error: HandoffError,
): Promise<boolean> {
  const { handoffs } = await recordEnd(line, log, newest.handoffId, error, newest);
  tellOthers(line, handoffs);
  return handoffs.length > 0;
}

/**
 * {@link endHandoff}, and nobody is told yet.
 *
 * @param newest where given, only a handoff whose newest record it still is ends.
 */
export async function recordEnd(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
  error: HandoffError,
  newest?: HandoffRecord,
): Promise<Ended> {
  const { requested } = foldTask(log).handoffs.get(handoffId) as HandoffState;
  const { context, spent } = await readStoredContext(line, requested);
  const now = line.clock.now();
  let behind = log;
  const appended = await appendRecords(line, requested.taskId, log.at(-1), async (head, reread) => {
    behind = reread ?? log;
    const task = foldTask(behind);
    const handoff = handoffIn(task, handoffId);
    if (newest && handoff.newest.digest !== newest.digest) return undefined;
    const waited = await readWaited(line, behind, handoffId);
    const consumed = waited?.ownUsage ?? waited?.usage ?? spent;
    const outcome = errorOutcome(line, context, error, consumed);
    return planEnd(
      line,
      handoff.accepted ?? requested,
      await delegatedUsage(line, outcome, handoffId, task),
      {
        now,
        ledger: settle((head as HandoffRecord).ledger, grantOf(handoffId, task), outcome.usage),
      },
    );
  });
  if (appended.status === 'known') return { log: appended.records, handoffs: [] };
  line.live.stop(handoffId, error);
  const after = [...behind, ...appended.records];
  const own = foldTask(behind).handoffs.get(handoffId) as HandoffState;
  const handoffs = [own, ...(await endUnder(line, after, handoffId, error))];
  return { log: after, handoffs };
}

/** Ends what a handoff gave out and nobody waits for any more, since it has ended without it. */
export async function endGivenOut(
  line: Line,
  { taskId, handoffId, error }: HandoffResult,
): Promise<void> {
  const log = await line.store.readTask(taskId);
  const cause = HandoffError.fromJSON(error as HandoffErrorJson);
  tellOthers(line, await endUnder(line, log, handoffId, cause));
}

/** The end stands: whoever it doesn't reach can be told by cancelling the handoff once more. */
function tellOthers(line: Line, ended: readonly HandoffState[]): void {
  cancelElsewhere(line, ended).catch(() => {});
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
): Promise<readonly HandoffState[]> {
  const ended: HandoffState[] = [];
  for (const { requested, end } of descendantsOf(handoffId, foldTask(log))) {
    if (end) continue;
    const error = new HandoffError(
      'CANCELLED',
      `The handoff was cancelled, because the one that waited for it ended: ${message}`,
      { details: { parentId: handoffId } },
    );
    ended.push(...(await recordEnd(line, log, requested.handoffId, error)).handoffs);
  }
  return ended;
}
