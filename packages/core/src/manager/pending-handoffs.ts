import { endOverdue } from '../line/end-overdue.ts';
import { type HandoffEntry, readEntry } from '../line/handoff-entry.ts';
import type { Line } from '../line/line.ts';
import { readOutcome } from '../line/stored-bodies.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { handoffLogs, logOf } from './task-log.ts';

/**
 * The handoffs that wait to be decided, oldest first; those whose agents wait for them are not among
 * them. Whatever waited too long is ended on the way.
 */
export async function readPending(line: Line): Promise<readonly HandoffEntry[]> {
  const waiting: (readonly HandoffRecord[])[] = [];
  for await (const log of handoffLogs(line, { status: 'awaiting-approval' })) waiting.push(log);
  const entries: HandoffEntry[] = [];
  for (const log of waiting) {
    const newest = log.at(-1) as HandoffRecord;
    if ((await readOutcome(line, newest)).waitsFor) continue;
    if (await endOverdue(line, await logOf(line, newest.handoffId), newest)) continue;
    entries.push(await readEntry(line, log));
  }
  return entries;
}
