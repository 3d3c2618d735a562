import { checkFields } from '../errors/check-options.ts';
import { type HandoffEntry, readEntry } from '../line/handoff-entry.ts';
import type { Line } from '../line/line.ts';
import type { RunSpec } from '../line/open-input.ts';
import { readBody, readOutcome } from '../line/stored-bodies.ts';
import { isRunOver } from '../patterns/run-progress.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, hasOpenHandoff, runDigestOf } from '../record/task-state.ts';
import { handoffLogs, logOf, unlessGone } from './task-log.ts';

/** Which work to look through. */
export interface InterruptedQuery {
  /** RFC 3339 UTC: only what was requested from then on. Default all, which costs the whole history. */
  readonly since?: string;
}

const interruptedFields = { since: true } satisfies Record<keyof InterruptedQuery, true>;

/**
 * The handoffs to be resumed because whoever ran them is gone, newest first: those whose lease is over,
 * those that could go on since what they waited for is there, and the first of each run whose process
 * died between two of its steps.
 */
export async function readInterrupted(
  line: Line,
  query: InterruptedQuery,
): Promise<readonly HandoffEntry[]> {
  checkFields('interrupted', query, interruptedFields);
  const { since } = query;
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const entries: HandoffEntry[] = [];
  for await (const log of handoffLogs(line, { last: Number.MAX_SAFE_INTEGER })) {
    const [requested] = log as readonly [HandoffRecord];
    if (Date.parse(requested.at) < from) break;
    const entry = await unlessGone(line, log, async () => {
      const isLeft =
        isAbandoned(line, log) || (await mayGoOn(line, log)) || (await isBetweenSteps(line, log));
      return isLeft ? readEntry(line, log) : undefined;
    });
    if (entry) entries.push(entry);
  }
  return entries;
}

function isAbandoned({ clock }: Line, log: readonly HandoffRecord[]): boolean {
  const { type, leaseUntil } = log.at(-1) as HandoffRecord;
  return type === 'accepted' && clock.now() > Date.parse(leaseUntil ?? '');
}

/** Whether what a handoff waited for is there, and nobody has taken it up. */
async function mayGoOn(line: Line, log: readonly HandoffRecord[]): Promise<boolean> {
  const newest = log.at(-1) as HandoffRecord;
  if (newest.type !== 'approval-requested') return newest.type === 'approval-decided';
  const { waitsFor = [] } = await readOutcome(line, newest);
  if (waitsFor.length === 0) return false;
  const { handoffs } = foldTask(await logOf(line, newest.handoffId));
  return waitsFor.every(({ handoffId }) => handoffs.get(handoffId)?.end !== undefined);
}

async function isBetweenSteps(line: Line, log: readonly HandoffRecord[]): Promise<boolean> {
  const [requested] = log as readonly [HandoffRecord];
  const { handoffId } = requested;
  const runDigest = runDigestOf(log, handoffId);
  if (runDigest === undefined) return false;
  const records = await logOf(line, handoffId);
  const task = foldTask(records);
  if (hasOpenHandoff(task) || records.some(({ type }) => type === 'erased')) return false;
  const spec = (await readBody(line, requested, runDigest)) as RunSpec;
  return spec.root === handoffId && !(await isRunOver(line, task, spec));
}
