import type { DatabaseSync } from 'node:sqlite';
import type { HandoffRecord, StoredBody } from '@agent-handoff/core/store';
import { fromJson, recordKey } from './record-row.ts';

/** A task's row. */
export interface TaskRow {
  readonly id: number;
  readonly head: number;
  readonly open: number;
  readonly newest_at: number;
}

/** Reads of one task. */
export interface TaskLog {
  findRow(taskId: string): TaskRow | undefined;
  /** Records after a seq, oldest first. */
  readAfter(task: number, afterSeq: number): HandoffRecord[];
  findTask(handoffId: string): string | undefined;
  readBodies(taskId: string, digests: readonly string[]): (StoredBody | undefined)[];
}

/** Prepares the reads of tasks. */
export function prepareTaskLog(database: DatabaseSync): TaskLog {
  const findRow = database.prepare('SELECT id, head, open, newest_at FROM tasks WHERE task_id = ?');
  const readAfter = database.prepare(
    'SELECT json FROM records WHERE id > ? AND id < ? ORDER BY id',
  );
  const findTask = database.prepare(
    `SELECT task_id FROM tasks WHERE id =
      (SELECT task FROM handoffs WHERE handoff_id = ? ORDER BY handoffs.id DESC LIMIT 1)`,
  );
  const readBody = database.prepare(
    `SELECT digest, json, salt FROM bodies
      WHERE task = (SELECT id FROM tasks WHERE task_id = ?) AND digest = ?`,
  );
  return {
    findRow: (taskId) => findRow.get(taskId) as TaskRow | undefined,
    readAfter: (task, afterSeq) =>
      (readAfter.all(recordKey(task, afterSeq), recordKey(task + 1, 0)) as { json: string }[]).map(
        ({ json }) => fromJson(json),
      ),
    findTask: (handoffId) => (findTask.get(handoffId) as { task_id: string } | undefined)?.task_id,
    readBodies: (taskId, digests) =>
      digests.map((digest) => {
        const row = readBody.get(taskId, digest);
        // A row has no prototype; a body is a plain object.
        return row && ({ ...row } as unknown as StoredBody);
      }),
  };
}
