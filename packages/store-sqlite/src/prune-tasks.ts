import type { DatabaseSync } from 'node:sqlite';
import { recordKey } from './record-row.ts';

/** Forgets tasks without an open handoff and without a record from `before` on, the oldest first. */
export type PruneTasks = (before: number, limit: number) => number;

/** Prepares pruning; to be called in a transaction. */
export function preparePrune(database: DatabaseSync): PruneTasks {
  const findEnded = database.prepare(
    `SELECT id FROM tasks INDEXED BY tasks_ended
      WHERE open = 0 AND newest_at < ? ORDER BY newest_at, id LIMIT ?`,
  );
  const deleteRecords = database.prepare('DELETE FROM records WHERE id > ? AND id < ?');
  const deletions = [
    'DELETE FROM bodies WHERE task = ?',
    'DELETE FROM facts WHERE task = ?',
    'DELETE FROM handoffs INDEXED BY handoffs_task WHERE task = ?',
    'DELETE FROM tasks WHERE id = ?',
  ].map((sql) => database.prepare(sql));
  return (before, limit) => {
    const ended = findEnded.all(before, limit) as unknown as readonly { readonly id: number }[];
    for (const { id } of ended) {
      deleteRecords.run(recordKey(id, 0), recordKey(id + 1, 0));
      for (const deletion of deletions) deletion.run(id);
    }
    return ended.length;
  };
}
