import type { DatabaseSync } from 'node:sqlite';
import type { StoredThread } from '@agent-handoff/core/store';

/** `ThreadStore`, without waiting. */
export interface SqliteThreads {
  read(threadId: string): StoredThread | undefined;
  write(threadId: string, expectedVersion: number, json: string): boolean;
  remove(threadId: string): boolean;
}

/** Prepares reads and writes of threads. Each is one statement, which is a transaction by itself. */
export function prepareThreads(database: DatabaseSync): SqliteThreads {
  const read = database.prepare('SELECT json, version FROM threads WHERE thread_id = ?');
  const add = database.prepare(
    `INSERT INTO threads (thread_id, version, json)
      SELECT ?, newest + 1, ? FROM deleted_threads WHERE true ON CONFLICT DO NOTHING`,
  );
  const replace = database.prepare(
    'UPDATE threads SET version = version + 1, json = ? WHERE thread_id = ? AND version = ?',
  );
  const remove = database.prepare('DELETE FROM threads WHERE thread_id = ?');
  return {
    read(threadId) {
      const row = read.get(threadId);
      // A row has no prototype; a thread is a plain object.
      return row && ({ ...row } as unknown as StoredThread);
    },
    write(threadId, expectedVersion, json) {
      const { changes } =
        expectedVersion === 0
          ? add.run(threadId, json)
          : replace.run(json, threadId, expectedVersion);
      return Number(changes) === 1;
    },
    remove: (threadId) => Number(remove.run(threadId).changes) === 1,
  };
}
