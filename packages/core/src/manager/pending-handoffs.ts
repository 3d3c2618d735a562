import { checkOptions } from '../errors/check-options.ts';
import { endOverdue } from '../line/end-overdue.ts';
import { type HandoffEntry, readEntry } from '../line/handoff-entry.ts';
import type { Line } from '../line/line.ts';
import { readOutcome } from '../line/stored-bodies.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { handoffLogs, logOf, unlessGone } from './task-log.ts';

/**
 * The handoffs that wait to be decided, oldest first; those whose agents wait for them are not among
 * them. Whatever waited too long is ended on the way.
 */
export async function readPending(
  line: Line,
  query: Readonly<Record<string, never>>,
): Promise<readonly HandoffEntry[]> {
  checkOptions('pending', query, {});
  const waiting: (readonly HandoffRecord[])[] = [];
  for await (const log of handoffLogs(line, { status: 'awaiting-approval' })) waiting.push(log);
  const entries: HandoffEntry[] = [];
  for (const log of waiting) {
    const entry = await unlessGone(line, log, () => pendingEntry(line, log));
    if (entry) entries.push(entry);
  }
  return entries;
}

async function pendingEntry(
  line: Line,
  log: readonly HandoffRecord[],
): Promise<HandoffEntry | undefined> {
  const newest = log.at(-1) as HandoffRecord;
  if ((await readOutcome(line, newest)).waitsFor) return undefined;
  const timeliness = await endOverdue(line, await logOf(line, newest.handoffId), newest);
  if (timeliness !== 'in-time') return undefined;
  return readEntry(line, log);
}
