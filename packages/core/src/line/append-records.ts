import { HandoffError } from '../errors/handoff-error.ts';
import { publishEvent } from '../events/publish-event.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { AppendOptions, AppendResult } from '../record/handoff-store.ts';
import { type RecordDraft, sealRecords } from '../record/seal-record.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AppendQueue } from './append-queue.ts';
import type { Line } from './line.ts';
import { toRecordedEvent } from './recorded-event.ts';

/** What is to be appended behind a head. */
export interface AppendPlan extends AppendOptions {
  readonly drafts: readonly RecordDraft[];
}

/** What came of it. */
export type Appended =
  | { readonly status: 'appended'; readonly records: readonly HandoffRecord[] }
  /** A key or slot was taken by somebody else, or the plan was given up: the log as it is. */
  | { readonly status: 'known'; readonly records: readonly HandoffRecord[] };

/** Conflicts with other writers of one task before it is given up. */
const maxConflicts = 50;
/** Calls of a store that rejects, and the first pause between them in milliseconds. */
const maxTries = 3;
const firstPauseMs = 20;

/**
 * Appends what `plan` makes for the head of the log; where another writer was faster, plans again
 * behind the new head, in turn with the others of this process.
 *
 * @param head the head as it was last seen; undefined where the task is new.
 * @param plan is given the head, and the whole log where it was read again; undefined where nothing is
 * to be appended any more.
 * @param queue where it waits for its turn. Openings have their own: policies may take long, and nothing
 * that ends is to wait for them.
 * @throws HandoffError `STORE_CONFLICT` when others were faster fifty times, `STORE_FAILED` when the
 * store rejected three times. Whatever `plan` throws passes through.
 */
export async function appendRecords(
  line: Line,
  taskId: string,
  head: HandoffRecord | undefined,
  plan: (
    head: HandoffRecord | undefined,
    log: readonly HandoffRecord[] | undefined,
  ) => AppendPlan | undefined | Promise<AppendPlan | undefined>,
  queue: AppendQueue = line.endings,
): Promise<Appended> {
  let behind = head;
  let log: readonly HandoffRecord[] | undefined;
  let leave: (() => void) | undefined;
  try {
    for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
      const planned = await plan(behind, log);
      if (planned === undefined) return { status: 'known', records: log ?? [] };
      const { drafts, ...options } = planned;
      const records = await sealRecords(behind, drafts);
      const answer = await tryAppend(line, taskId, behind?.seq ?? 0, records, options);
      // A store may write and then lose its answer: what is there then is our own.
      if (answer.status === 'appended' || isOwn(answer, records)) {
        for (const record of records) publishEvent(() => toRecordedEvent(record));
        return { status: 'appended', records };
      }
      log = answer.records;
      if (answer.status === 'known') return { status: 'known', records: log };
      if (!leave) {
        const waits = queue.isBusy(taskId);
        leave = await queue.enter(taskId);
        // Those before it have written since.
        if (waits) {
          log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
        }
      }
      behind = log.at(-1);
    }
  } finally {
    leave?.();
  }
  throw new HandoffError(
    'STORE_CONFLICT',
    `Other writers of task "${taskId}" were faster ${maxConflicts} times: try again, or run fewer handoffs of one task at once.`,
    { details: { taskId } },
  );
}

function isOwn(
  answer: Exclude<AppendResult, { status: 'appended' }>,
  records: readonly HandoffRecord[],
): boolean {
  const [first] = records as readonly [HandoffRecord];
  return answer.records.some(({ recordId }) => recordId === first.recordId);
}

async function tryAppend(
  line: Line,
  taskId: string,
  expectedSeq: number,
  records: readonly HandoffRecord[],
  options: AppendOptions,
): ReturnType<Line['store']['append']> {
  for (let tries = 1; ; tries++) {
    try {
      return await line.store.append(taskId, expectedSeq, records, options);
    } catch (thrown) {
      if (tries === maxTries) throw storeFailed(thrown, `append to task "${taskId}"`);
      await pause(line.clock, firstPauseMs * 4 ** (tries - 1));
    }
  }
}

/** What a store's rejection becomes. */
function storeFailed(thrown: unknown, doing: string): HandoffError {
  return HandoffError.from(thrown, 'STORE_FAILED', `The store could not ${doing}`);
}

/**
 * What the store answers to a read.
 *
 * @throws HandoffError `STORE_FAILED` where it rejects; `doing` says what it couldn't do.
 */
export async function readStore<Answer>(
  read: () => Promise<Answer>,
  doing: string,
): Promise<Answer> {
  try {
    return await read();
  } catch (thrown) {
    throw storeFailed(thrown, doing);
  }
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}
