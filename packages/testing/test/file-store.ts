import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AppendOptions,
  type HandoffRecord,
  type HandoffStore,
  isEnd,
  isTaskRecord,
  type StoredBody,
  statusOf,
} from '@agent-handoff/core/store';

/** One append, as it is in its file; or the tasks that were forgotten. */
interface Entry extends AppendOptions {
  readonly taskId?: string;
  readonly records: readonly HandoffRecord[];
  readonly pruned?: readonly string[];
}

/**
 * A store that processes share through a directory: one file for each append, numbered. A file comes
 * into being whole, by a link that fails where the number is taken, so that a process may be killed at
 * any moment. For tests: each reader holds all of it in memory.
 */
export function fileStore(directory: string): HandoffStore {
  mkdirSync(directory, { recursive: true });
  /** By the number of their files; what was forgotten is empty. */
  const entries: Entry[] = [];
  const pathOf = (index: number): string => join(directory, `${index}.json`);

  /** Reads what others have appended since. */
  function refresh(): readonly Entry[] {
    for (;;) {
      try {
        const entry = JSON.parse(readFileSync(pathOf(entries.length), 'utf8')) as Entry;
        for (const [index, { taskId = '' }] of entries.entries()) {
          if (entry.pruned?.includes(taskId)) entries[index] = { records: [] };
        }
        entries.push(entry);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return entries;
        throw thrown;
      }
    }
  }
  /** False where another was faster. */
  function write(text: string): boolean {
    const draft = join(directory, `${randomUUID()}.draft`);
    writeFileSync(draft, text);
    try {
      linkSync(draft, pathOf(entries.length));
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw thrown;
    } finally {
      unlinkSync(draft);
    }
  }
  const entriesOf = (taskId: string): Entry[] => refresh().filter((one) => one.taskId === taskId);
  const logOf = (taskId: string): HandoffRecord[] =>
    entriesOf(taskId).flatMap(({ records }) => records);

  return {
    async append(taskId, expectedSeq, records, options = {}) {
      const text = JSON.stringify({ taskId, records, ...options } satisfies Entry);
      do {
        const own = entriesOf(taskId);
        const log = own.flatMap((entry) => entry.records);
        const isKnown = own.some(
          ({ key, slots = [] }) =>
            (key !== undefined && key === options.key) ||
            slots.some((slot) => options.slots?.includes(slot)),
        );
        if (isKnown) return { status: 'known', records: log };
        if (log.length !== expectedSeq) return { status: 'conflict', records: log };
      } while (!write(text));
      return { status: 'appended' };
    },
    async readTask(taskId) {
      return logOf(taskId);
    },
    async findTask(handoffId) {
      return refresh().find(({ records }) => records.some((one) => one.handoffId === handoffId))
        ?.taskId;
    },
    async readBodies(taskId, digests) {
      const bodies = new Map<string, StoredBody>();
      for (const { bodies: added = [], erase = [] } of entriesOf(taskId)) {
        for (const body of added) bodies.set(body.digest, body);
        for (const digest of erase) bodies.delete(digest);
      }
      return digests.map((digest) => bodies.get(digest));
    },
    async query({ taskId, threadId, status, first = 'oldest', limit = 100, cursor }) {
      checkLimit(limit);
      if (cursor !== undefined && !/^\d+$/.test(cursor)) throw new Error('the cursor is none');
      const all = handoffsOf(refresh());
      if (first === 'newest') all.reverse();
      const rest = all.filter(
        ({ place, records: [requested, ...more] }) =>
          (cursor === undefined ||
            (first === 'oldest' ? place > Number(cursor) : place < Number(cursor))) &&
          (taskId === undefined || requested?.taskId === taskId) &&
          (threadId === undefined || requested?.threadId === threadId) &&
          (status === undefined ||
            statusOf(more.at(-1) ?? (requested as HandoffRecord)) === status),
      );
      const page = rest.slice(0, limit);
      const handoffs = page.map(({ records }) => records);
      return rest.length > limit ? { handoffs, cursor: String(page.at(-1)?.place) } : { handoffs };
    },
    async prune({ endedBefore, limit = 1_000 }) {
      checkLimit(limit);
      const before = Date.parse(endedBefore);
      if (Number.isNaN(before)) throw new Error(`endedBefore is ${endedBefore}`);
      for (;;) {
        const endOf = (taskId: string): number => Date.parse(logOf(taskId).at(-1)?.at ?? '');
        const tasks = new Set(refresh().flatMap(({ taskId = [] }) => taskId));
        const pruned = [...tasks]
          .filter(
            (taskId) => handoffsOf(entriesOf(taskId)).every(hasEnded) && endOf(taskId) < before,
          )
          .sort((a, b) => endOf(a) - endOf(b))
          .slice(0, limit);
        if (write(JSON.stringify({ records: [], pruned } satisfies Entry))) return pruned.length;
      }
    },
    async *watch(taskId, afterSeq, { signal }) {
      for (let seq = afterSeq; !signal.aborted; await pause(5)) {
        for (const record of logOf(taskId).slice(seq)) {
          if (signal.aborted) return;
          yield record;
          seq = record.seq;
        }
      }
    },
  };
}

/** One handoff: its place in the order of all requests, and its records. */
interface Handoff {
  readonly place: number;
  readonly records: HandoffRecord[];
}

const hasEnded = ({ records }: Handoff): boolean => records.some(isEnd);

function handoffsOf(entries: readonly Entry[]): Handoff[] {
  const handoffs = new Map<string, Handoff>();
  for (const [file, { records }] of entries.entries()) {
    for (const [index, record] of records.entries()) {
      if (isTaskRecord(record)) continue;
      const own = handoffs.get(record.handoffId);
      if (own) own.records.push(record);
      // No append has a thousand records.
      else handoffs.set(record.handoffId, { place: file * 1_000 + index, records: [record] });
    }
  }
  return [...handoffs.values()];
}

function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Error(`limit is ${limit}`);
}
