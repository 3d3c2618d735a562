import type { DatabaseSync } from 'node:sqlite';
import { HandoffError } from '@agent-handoff/core';
import { checkFields, pruneFields } from '@agent-handoff/core/store';
import { prepareAppend } from './append-to-task.ts';
import { ChangeFeed } from './change-feed.ts';
import { preparePrune } from './prune-tasks.ts';
import { checkLimit, prepareQuery } from './query-handoffs.ts';
import type { SqliteStore, SqliteStoreOptions } from './sqlite-store.ts';
import { prepareThreads } from './sqlite-threads.ts';
import { prepareTaskLog } from './task-log.ts';
import { toStoreError } from './to-store-error.ts';
import { prepareTransaction } from './transaction.ts';

/** Ended tasks that one new task takes with it: more than one, so that a backlog shrinks. */
const retiredAtOnce = 2;

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
    async prune(given) {
      checkFields('prune', given, pruneFields);
      const { endedBefore, limit = 1_000 } = given;
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
