import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { endUnmoved } from './end-handoff.ts';
import type { Line } from './line.ts';

/** How a handoff that waited to be decided stands. */
export type Timeliness =
  /** It may be decided still. */
  | 'in-time'
  /** Its time was over, and it was ended for that. */
  | 'ended'
  /** Its time was over, and it was decided in the last moment, or has ended already. */
  | 'moved-on';

/** Ends a handoff whose time to be decided is over; `waiting` is the record since which it waits. */
export async function endOverdue(
  line: Line,
  log: readonly HandoffRecord[],
  waiting: HandoffRecord,
): Promise<Timeliness> {
  const { expiresAt, handoffId, target } = waiting;
  if (line.clock.now() <= Date.parse(expiresAt as string)) return 'in-time';
  const error = new HandoffError(
    'DEADLINE_EXCEEDED',
    `Nobody decided about the handoff to "${target}" until ${expiresAt}: hand over again, or raise approvalTimeoutMs.`,
    { details: { handoffId, expiresAt } },
  );
  return (await endUnmoved(line, log, waiting, error)) ? 'ended' : 'moved-on';
}
