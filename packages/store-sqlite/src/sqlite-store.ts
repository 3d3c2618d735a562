import type { DatabaseSync } from 'node:sqlite';
import { HandoffError } from '@agent-handoff/core';
import type { HandoffStore, ThreadStore } from '@agent-handoff/core/store';
import { prepareAppend } from './append-to-task.ts';
import { ChangeFeed } from './change-feed.ts';
import { openDatabase } from './open-database.ts';
import { preparePrune } from './prune-tasks.ts';
import { checkLimit, prepareQuery } from './query-handoffs.ts';
import { prepareThreads } from './sqlite-threads.ts';
import { prepareTaskLog } from './task-log.ts';
import { toStoreError } from './to-store-error.ts';
import { prepareTransaction } from './transaction.ts';

/** Where a store keeps its file, and how. */
export interface SqliteStoreOptions {
  /** The file; made where it isn't there, in a folder that is. Beside it come `-wal` and `-shm`. */
  readonly path: string;
  /** How long a call waits for the write lock of another process, in milliseconds. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** How often a watch looks for what other processes appended, in milliseconds. Default 50. */
  readonly watchIntervalMs?: number;
  /**
   * How long a task is kept after its last record, in milliseconds. Each new task then takes two at
   * most with it that ended longer ago, by the times of the records. By default all are kept.
   */
  readonly retentionMs?: number;
}

/** A store in one SQLite file. */
export interface SqliteStore extends HandoffStore, AsyncDisposable {
  readonly threads: ThreadStore;
  /** Closes the file. Calls from then on reject, as do watches that wait. */
  close(): void;
}

/** Ended tasks that one new task takes with it: more than one, so that a backlog shrinks. */
const retiredAtOnce = 2;

/**
 * Opens a store in one SQLite file, which several processes of one machine may have open.
 *
 * @throws HandoffError `STORE_FAILED` where the file can't be opened, `UNSUPPORTED_VERSION` where newer
 * code wrote it, `INVALID_CONFIGURATION` for options that are none.
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { path, busyTimeoutMs = 5_000 } = options;
  if (typeof path !== 'string' || path === '' || path === ':memory:') {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `path is ${JSON.stringify(path)}: give the path of a file.`,
    );
  }
  checkMs('busyTimeoutMs', busyTimeoutMs, 0);
  checkMs('watchIntervalMs', options.watchIntervalMs, 1);
  checkMs('retentionMs', options.retentionMs, 0);
  try {
    return createStore(openDatabase(path, busyTimeoutMs), options);
  } catch (thrown) {
    throw toStoreError(thrown, path, 'open');
  }
}

/** The store on a connection, which is its own from then on. */
export function createStore(
  database: DatabaseSync,
  { path, watchIntervalMs = 50, retentionMs }: SqliteStoreOptions,
): SqliteStore {
  const inTransaction = prepareTransaction(database);
  const tasks = prepareTaskLog(database);
  const query = prepareQuery(database);
  const prune = preparePrune(database);
  const threads = prepareThreads(database);
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  const feed = new ChangeFeed(database, watchIntervalMs);
  const append = prepareAppend(database, inTransaction, tasks, (at) => {
    if (retentionMs !== undefined) prune(at - retentionMs, retiredAtOnce);
  });
  let isOpen = true;

  const attempt = <Value>(doing: string, work: () => Value): Value => {
    try {
      if (!isOpen) throw new Error('it is closed');
      return work();
    } catch (thrown) {
      throw toStoreError(thrown, path, doing);
    }
  };
  /** What was deleted is overwritten in the file; now it goes out of the write-ahead log as well. */
  const forget = (): void => {
    try {
      checkpoint.get();
    } catch {
      // Somebody reads: it goes with the next checkpoint. What was asked for is done.
    }
  };

  return {
    async append(taskId, expectedSeq, records, options = {}) {
      const answer = attempt(`append to task ${JSON.stringify(taskId)}`, () =>
        append(taskId, expectedSeq, records, options),
      );
      if (answer.status === 'appended') {
        if (options.erase?.length) forget();
        feed.wake(taskId);
      }
      return answer;
    },
    async readTask(taskId) {
      return attempt('read a task', () => {
        const row = tasks.findRow(taskId);
        return row ? tasks.readAfter(row.id, 0) : [];
      });
    },
    async findTask(handoffId) {
      return attempt('find a task', () => tasks.findTask(handoffId));
    },
    async readBodies(taskId, digests) {
      return attempt('read bodies', () => tasks.readBodies(taskId, digests));
    },
    async query(given) {
      return attempt('list handoffs', () => query(given));
    },
    async *watch(taskId, afterSeq, { signal }) {
      let seq = afterSeq;
      while (!signal.aborted) {
        const { version, records } = attempt('watch a task', () => {
          const seen = feed.version();
          const row = tasks.findRow(taskId);
          return { version: seen, records: row ? tasks.readAfter(row.id, seq) : [] };
        });
        for (const record of records) {
          yield record;
          seq = record.seq;
          if (signal.aborted) return;
        }
        if (records.length > 0) continue;
        try {
          await feed.change(taskId, version, signal);
        } catch (thrown) {
          throw toStoreError(thrown, path, 'watch a task');
        }
      }
    },
    async prune({ endedBefore, limit = 1_000 }) {
      checkLimit(limit);
      const before = Date.parse(endedBefore);
      if (Number.isNaN(before)) {
        throw new HandoffError(
          'INVALID_CONFIGURATION',
          `endedBefore is ${JSON.stringify(endedBefore)}: give a time as RFC 3339 UTC.`,
        );
      }
      const pruned = attempt('prune tasks', () => inTransaction(() => prune(before, limit)));
      if (pruned > 0) forget();
      return pruned;
    },
    threads: {
      async readThread(threadId) {
        return attempt('read a thread', () => threads.read(threadId));
      },
      async writeThread(threadId, expectedVersion, json) {
        return attempt('write a thread', () => threads.write(threadId, expectedVersion, json));
      },
      async deleteThread(threadId) {
        const deleted = attempt('delete a thread', () => threads.remove(threadId));
        if (deleted) forget();
        return deleted;
      },
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      feed.fail(new Error('it was closed'));
      database.close();
    },
    async [Symbol.asyncDispose]() {
      this.close();
    },
  };
}

function checkMs(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `${name} is ${value}: give milliseconds, a whole number of at least ${least}.`,
  );
}
