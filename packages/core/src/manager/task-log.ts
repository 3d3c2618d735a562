import { checkFields, checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { appendRecords, readStore } from '../line/append-records.ts';
import { cancelElsewhere } from '../line/end-elsewhere.ts';
import { endHandoff, recordEnd } from '../line/end-handoff.ts';
import { type HandoffEntry, readEntry } from '../line/handoff-entry.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import type { StoredBody } from '../record/stored-body.ts';
import {
  descendantsOf,
  foldTask,
  type HandoffState,
  hasOpenHandoff,
} from '../record/task-state.ts';
import {
  type CustodyReport,
  type VerifyCustodyOptions,
  verifyCustody,
} from '../record/verify-custody.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { type HistoryQuery, historyFields } from './handoff-manager.ts';

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

/**
 * Ends a handoff as cancelled, unless it has ended. Where it was cancelled before, or failed,
 * agents of other processes are told again.
 */
export async function cancelHandoff(line: Line, handoffId: string): Promise<HandoffEntry> {
  const { endedAt } = await needEntry(line, handoffId);
  const log = await logOf(line, handoffId);
  if (endedAt !== undefined) {
    await cancelElsewhere(line, givenUp(log, handoffId));
  } else {
    const error = new HandoffError('CANCELLED', `The handoff "${handoffId}" was cancelled.`, {
      details: { handoffId },
    });
    await cancelElsewhere(line, (await recordEnd(line, log, handoffId, error)).handoffs);
  }
  return needEntry(line, handoffId);
}

/** Of a handoff and the work under it, what may go on elsewhere although it has ended here. */
function givenUp(log: readonly HandoffRecord[], handoffId: string): readonly HandoffState[] {
  const task = foldTask(log);
  const own = task.handoffs.get(handoffId) as HandoffState;
  return [own, ...descendantsOf(handoffId, task)].filter(
    ({ end }) => end?.type === 'cancelled' || end?.type === 'failed',
  );
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

/** The logs of handoffs, page by page. */
export async function* handoffLogs(
  line: Line,
  { last = Number.POSITIVE_INFINITY, taskId, threadId, status }: HistoryQuery,
): AsyncGenerator<readonly HandoffRecord[]> {
  const filter = {
    ...(taskId === undefined ? {} : { taskId }),
    ...(threadId === undefined ? {} : { threadId }),
    ...(status === undefined ? {} : { status }),
    first: last === Number.POSITIVE_INFINITY ? 'oldest' : 'newest',
  } as const;
  let cursor: string | undefined;
  let left = last;
  do {
    const limit = Math.min(pageSize, left);
    if (!(limit > 0)) return;
    const from = cursor === undefined ? {} : { cursor };
    const page = await read(line, (store) => store.query({ ...filter, limit, ...from }));
    yield* page.handoffs;
    left -= page.handoffs.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** What is read of a handoff; undefined where its content was erased, or its task dropped, meanwhile too. */
export async function unlessGone<Answer>(
  line: Line,
  log: readonly HandoffRecord[],
  readIt: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await readIt();
  } catch (thrown) {
    const [{ taskId }] = log as readonly [HandoffRecord];
    const whole = await read(line, (store) => store.readTask(taskId));
    if (whole.length > 0 && !whole.some(({ type }) => type === 'erased')) throw thrown;
    return undefined;
  }
}

/** The handoffs that a query asks for, oldest first; those whose content was erased are not told. */
export async function readHistory(
  line: Line,
  query: HistoryQuery,
): Promise<readonly HandoffEntry[]> {
  checkFields('history', query, historyFields);
  const entries: HandoffEntry[] = [];
  for await (const log of handoffLogs(line, query)) {
    const entry = await unlessGone(line, log, () => readEntry(line, log));
    if (entry) entries.push(entry);
  }
  return query.last === undefined ? entries : entries.reverse();
}

/**
 * Erases all content of a task that has ended; its records stay, and can be verified.
 *
 * @throws HandoffError `HANDOFF_NOT_FOUND`, `INVALID_CONTEXT` for a task that goes on.
 */
export async function eraseTask(
  line: Line,
  taskId: string,
  options: { readonly by?: string },
): Promise<void> {
  checkOptions('erase', options, { by: true });
  const { by } = options;
  const log = await read(line, (store) => store.readTask(taskId));
  const [first] = log;
  if (!first) throw notFound('task', { taskId });
  await appendRecords(line, taskId, log.at(-1), (head, reread = log) => {
    if (hasOpenHandoff(foldTask(reread))) {
      throw new HandoffError(
        'INVALID_CONTEXT',
        `The task "${taskId}" goes on: cancel its handoffs, or wait for them, before it is erased.`,
        { details: { taskId } },
      );
    }
    const { handoffId, contextDigest, origin, reason, scope, source, target } = first;
    const erased: RecordDraft = {
      at: toTimestamp(line.clock.now()),
      ...(by === undefined ? {} : { by }),
      contextDigest,
      handoffId,
      ledger: (head as HandoffRecord).ledger,
      origin,
      reason,
      recordId: line.ids('record'),
      scope,
      source,
      target,
      taskId,
      type: 'erased',
    };
    return { drafts: [erased], erase: bodyDigests(reread) };
  });
}

function bodyDigests(log: readonly HandoffRecord[]): readonly string[] {
  const digests = new Set<string>();
  for (const { contextDigest, outcomeDigest, runDigest } of log) {
    digests.add(contextDigest);
    if (outcomeDigest !== undefined) digests.add(outcomeDigest);
    if (runDigest !== undefined) digests.add(runDigest);
  }
  return [...digests];
}

/** Verifies a task's log and its bodies. */
export async function verifyTask(
  line: Line,
  taskId: string,
  options: Pick<VerifyCustodyOptions, 'expectedHead'>,
): Promise<CustodyReport> {
  checkOptions('verify', options, { expectedHead: true });
  const records = await read(line, (store) => store.readTask(taskId));
  if (records.length === 0) throw notFound('task', { taskId });
  const bodies = await read(line, (store) => store.readBodies(taskId, bodyDigests(records)));
  return verifyCustody(records, {
    ...options,
    bodies: bodies.filter((body): body is StoredBody => body !== undefined),
  });
}

function read<Answer>(line: Line, ask: (store: Line['store']) => Promise<Answer>): Promise<Answer> {
  return readStore(() => ask(line.store), 'be read');
}

/** The store doesn't have it. */
export function notFound(what: string, ids: Readonly<Record<string, string>>): HandoffError {
  return new HandoffError(
    'HANDOFF_NOT_FOUND',
    `The store has no ${what} ${JSON.stringify(Object.values(ids)[0])}: it was never recorded here, or was dropped.`,
    { details: ids },
  );
}
