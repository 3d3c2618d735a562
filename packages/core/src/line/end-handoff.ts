import type { HandoffError } from '../errors/handoff-error.ts';
import { settle } from '../policy/ledger.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, grantOf, type HandoffState } from '../record/task-state.ts';
import { appendRecords } from './append-records.ts';
import { planEnd } from './close-handoff.ts';
import { delegatedUsage } from './delegated-usage.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import { readResult } from './read-result.ts';
import { readStoredContext } from './stored-bodies.ts';
import { errorOutcome } from './to-outcome.ts';

/**
 * Ends a handoff from outside, whoever runs it: the end is recorded, and a run in this process is
 * stopped. Where it had ended before, that end stands and is the result.
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
  const { context } = await readStoredContext(line, requested);
  const outcome = errorOutcome(line, context, error);
  const now = line.clock.now();
  let behind = log;
  const appended = await appendRecords(line, requested.taskId, log.at(-1), async (head, reread) => {
    behind = reread ?? log;
    const task = foldTask(behind);
    return planEnd(
      line,
      task.handoffs.get(handoffId)?.accepted ?? requested,
      await delegatedUsage(line, outcome, handoffId, task),
      {
        now,
        ledger: settle((head as HandoffRecord).ledger, grantOf(handoffId, task), outcome.usage),
      },
    );
  });
  line.live.stop(handoffId, error);
  const after = appended.status === 'known' ? appended.records : [...behind, ...appended.records];
  return readResult(line, after, handoffId);
}
