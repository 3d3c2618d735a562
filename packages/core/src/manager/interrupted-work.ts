import { type HandoffEntry, readEntry } from '../line/handoff-entry.ts';
import type { Line } from '../line/line.ts';
import type { RunSpec } from '../line/open-input.ts';
import { readBody } from '../line/stored-bodies.ts';
import { isRunOver } from '../patterns/run-progress.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, hasOpenHandoff } from '../record/task-state.ts';
import { handoffLogs, logOf } from './task-log.ts';

/** Which work to look through. */
export interface InterruptedQuery {
  /** RFC 3339 UTC: only what was requested from then on. Default all, which costs the whole history. */
  readonly since?: string;
}

/**
 * The handoffs to be resumed because whoever ran them is gone, newest first: those whose lease is over,
 * and the first of each run whose process died between two of its steps.
 */
export async function readInterrupted(
  line: Line,
  { since }: InterruptedQuery,
): Promise<readonly HandoffEntry[]> {
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const entries: HandoffEntry[] = [];
  for await (const log of handoffLogs(line, { last: Number.MAX_SAFE_INTEGER })) {
    const [requested] = log as readonly [HandoffRecord];
    if (Date.parse(requested.at) < from) break;
    if (isAbandoned(line, log) || (await isBetweenSteps(line, requested))) {
      entries.push(await readEntry(line, log));
    }
  }
  return entries;
}

function isAbandoned({ clock }: Line, log: readonly HandoffRecord[]): boolean {
  const { type, leaseUntil } = log.at(-1) as HandoffRecord;
  return type === 'accepted' && clock.now() > Date.parse(leaseUntil ?? '');
}

async function isBetweenSteps(line: Line, requested: HandoffRecord): Promise<boolean> {
  const { handoffId, runDigest } = requested;
  if (runDigest === undefined) return false;
  const records = await logOf(line, handoffId);
  const task = foldTask(records);
  if (hasOpenHandoff(task) || records.some(({ type }) => type === 'erased')) return false;
  const spec = (await readBody(line, requested, runDigest)) as RunSpec;
  return spec.root === handoffId && !(await isRunOver(line, task, spec));
}
