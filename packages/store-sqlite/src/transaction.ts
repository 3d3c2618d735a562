import type { DatabaseSync } from 'node:sqlite';

/**
 * Does all of `work` or nothing. Holds the write lock from the start: what `work` reads is still so
 * when it writes.
 */
export type InTransaction = <Value>(work: () => Value) => Value;

/** Prepares transactions of one connection. */
export function prepareTransaction(database: DatabaseSync): InTransaction {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollBack = database.prepare('ROLLBACK');
  return (work) => {
    begin.run();
    try {
      const value = work();
      commit.run();
      return value;
    } catch (thrown) {
      try {
        rollBack.run();
      } catch {
        // SQLite has rolled back by itself, as it does when the disk is full.
      }
      throw thrown;
    }
  };
}
