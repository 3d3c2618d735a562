import { HandoffError } from '../errors/handoff-error.ts';
import { readStore } from '../line/append-records.ts';
import { endHandoff } from '../line/end-handoff.ts';
import { type HandoffEntry, readEntry } from '../line/handoff-entry.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { StoredBody } from '../record/stored-body.ts';
import {
  type CustodyReport,
  type VerifyCustodyOptions,
  verifyCustody,
} from '../record/verify-custody.ts';
import type { HistoryQuery } from './handoff-manager.ts';

/** Handoffs read at once. */
const pageSize = 100;

/** The log of the task that a handoff belongs to; empty where the store has none. */
export async function logOf(line: Line, handoffId: string): Promise<readonly HandoffRecord[]> {
  const taskId = await read(line, (store) => store.findTask(handoffId));
  return taskId === undefined ? [] : read(line, (store) => store.readTask(taskId));
}

/** A handoff as it stands; undefined where the store has none. */
export async function findEntry(line: Line, handoffId: string): Promise<HandoffEntry | undefined> {
  const log = await logOf(line, handoffId);
  const own = log.filter((record) => record.handoffId === handoffId);
  return own.length === 0 ? undefined : readEntry(line, own);
}

/** {@link findEntry}, or `HANDOFF_NOT_FOUND`. */
export async function needEntry(line: Line, handoffId: string): Promise<HandoffEntry> {
  const entry = await findEntry(line, handoffId);
  if (entry) return entry;
  throw notFound('handoff', { handoffId });
}

/** Ends a handoff as cancelled, unless it has ended. */
export async function cancelHandoff(line: Line, handoffId: string): Promise<HandoffEntry> {
  const entry = await needEntry(line, handoffId);
  if (entry.endedAt !== undefined) return entry;
  const error = new HandoffError('CANCELLED', `The handoff "${handoffId}" was cancelled.`, {
    details: { handoffId },
  });
  await endHandoff(line, await logOf(line, handoffId), handoffId, error);
  return needEntry(line, handoffId);
}

/** Ends a handoff that was recorded and could not be begun, with what it failed for. */
export async function endUnbegun(
  line: Line,
  handoffId: string,
  thrown: unknown,
): Promise<HandoffResult> {
  const error = HandoffError.from(thrown, 'INTERRUPTED', 'The engine did not take the handoff');
  return endHandoff(line, await logOf(line, handoffId), handoffId, error);
}

/** The handoffs that a query asks for, oldest first. */
export async function readHistory(
  line: Line,
  { last, taskId, status }: HistoryQuery,
): Promise<readonly HandoffEntry[]> {
  const filter = {
    ...(taskId === undefined ? {} : { taskId }),
    ...(status === undefined ? {} : { status }),
    first: last === undefined ? 'oldest' : 'newest',
  } as const;
  const entries: HandoffEntry[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(pageSize, (last ?? Number.POSITIVE_INFINITY) - entries.length);
    if (limit <= 0) break;
    const from = cursor === undefined ? {} : { cursor };
    const page = await read(line, (store) => store.query({ ...filter, limit, ...from }));
    for (const log of page.handoffs) entries.push(await readEntry(line, log));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return last === undefined ? entries : entries.reverse();
}

/** Verifies a task's log and its bodies. */
export async function verifyTask(
  line: Line,
  taskId: string,
  options: Pick<VerifyCustodyOptions, 'expectedHead'>,
): Promise<CustodyReport> {
  const records = await read(line, (store) => store.readTask(taskId));
  if (records.length === 0) throw notFound('task', { taskId });
  const digests = new Set<string>();
  for (const { contextDigest, outcomeDigest } of records) {
    digests.add(contextDigest);
    if (outcomeDigest !== undefined) digests.add(outcomeDigest);
  }
  const bodies = await read(line, (store) => store.readBodies(taskId, [...digests]));
  return verifyCustody(records, {
    ...options,
    bodies: bodies.filter((body): body is StoredBody => body !== undefined),
  });
}

function read<Answer>(line: Line, ask: (store: Line['store']) => Promise<Answer>): Promise<Answer> {
  return readStore(() => ask(line.store), 'be read');
}

function notFound(what: string, ids: Readonly<Record<string, string>>): HandoffError {
  return new HandoffError(
    'HANDOFF_NOT_FOUND',
    `The store has no ${what} ${JSON.stringify(Object.values(ids)[0])}: it was never recorded here, or was dropped.`,
    { details: ids },
  );
}
