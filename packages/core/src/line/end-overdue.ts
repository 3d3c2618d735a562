import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { endUnmoved } from './end-handoff.ts';
import type { Line } from './line.ts';

/**
 * Ends a handoff whose time to be decided is over, unless it was decided meanwhile: whoever decides in the
 * last moment still decides. Whether the time was over.
 */
export async function endOverdue(
  line: Line,
  log: readonly HandoffRecord[],
  waiting: HandoffRecord,
): Promise<boolean> {
  const { expiresAt, handoffId, target } = waiting;
  if (line.clock.now() <= Date.parse(expiresAt as string)) return false;
  const error = new HandoffError(
    'DEADLINE_EXCEEDED',
    `Nobody decided about the handoff to "${target}" until ${expiresAt}: hand over again, or raise approvalTimeoutMs.`,
    { details: { handoffId, expiresAt } },
  );
  await endUnmoved(line, log, waiting, error);
  return true;
}
