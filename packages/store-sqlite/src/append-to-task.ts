import type { DatabaseSync } from 'node:sqlite';
import { HandoffError } from '@agent-handoff/core';
import type { AppendOptions, AppendResult, HandoffRecord } from '@agent-handoff/core/store';
import { maxRecords, openCount, type RecordRow, recordKey, toRecordRow } from './record-row.ts';
import type { TaskLog, TaskRow } from './task-log.ts';
import type { InTransaction } from './transaction.ts';

/** What the records of one append say about one handoff. */
interface HandoffChange {
  readonly first: number;
  readonly threadId: string | null;
  last: number;
  status: string;
}

/** `append` of the store, without waiting; `onNewTask` runs in its transaction where the task is new. */
export function prepareAppend(
  database: DatabaseSync,
  inTransaction: InTransaction,
  tasks: TaskLog,
  onNewTask: (at: number) => void,
): (
  taskId: string,
  expectedSeq: number,
  records: readonly HandoffRecord[],
  options: AppendOptions,
) => AppendResult {
  const addTask = database.prepare(
    'INSERT INTO tasks (task_id, head, open, newest_at) VALUES (?, 0, 0, 0)',
  );
  const updateTask = database.prepare(
    'UPDATE tasks SET head = ?, open = ?, newest_at = ? WHERE id = ?',
  );
  const findFact = database.prepare('SELECT 1 FROM facts WHERE task = ? AND name = ?');
  const addFact = database.prepare('INSERT INTO facts (task, name) VALUES (?, ?)');
  const findHandoff = database.prepare(
    'SELECT id, status FROM handoffs WHERE handoff_id = ? AND task = ?',
  );
  const findElsewhere = database.prepare(
    'SELECT 1 FROM handoffs WHERE handoff_id = ? AND task <> ?',
  );
  const addHandoff = database.prepare(
    `INSERT INTO handoffs (task, handoff_id, thread_id, status, first_record, last_record)
      VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const updateHandoff = database.prepare(
    'UPDATE handoffs SET status = ?, last_record = ? WHERE id = ?',
  );
  const addRecord = database.prepare('INSERT INTO records (id, handoff, json) VALUES (?, ?, ?)');
  const addBody = database.prepare(
    'INSERT INTO bodies (task, digest, salt, json) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const eraseBody = database.prepare('DELETE FROM bodies WHERE task = ? AND digest = ?');

  /** Writes what the append says about its handoffs: their numbers, and how many more are open. */
  const writeHandoffs = (
    task: number,
    isNew: boolean,
    changes: ReadonlyMap<string, HandoffChange>,
  ): { readonly numbers: ReadonlyMap<string, number>; readonly opened: number } => {
    const numbers = new Map<string, number>();
    let opened = 0;
    for (const [handoffId, { first, last, status, threadId }] of changes) {
      const before = isNew
        ? undefined
        : (findHandoff.get(handoffId, task) as { id: number; status: string } | undefined);
      opened += openCount(status) - openCount(before?.status);
      if (before) {
        updateHandoff.run(status, recordKey(task, last), before.id);
        numbers.set(handoffId, before.id);
      } else {
        const added = addHandoff.run(
          task,
          handoffId,
          threadId,
          status,
          recordKey(task, first),
          recordKey(task, last),
        );
        numbers.set(handoffId, Number(added.lastInsertRowid));
      }
    }
    return { numbers, opened };
  };

  return (taskId, expectedSeq, records, { key, slots = [], bodies = [], erase = [] }) => {
    const rows = records.map(toRecordRow);
    const requested = records.flatMap(({ type, handoffId }) =>
      type === 'requested' ? [handoffId] : [],
    );
    const facts = new Set(key === undefined ? slots : [key, ...slots]);
    return inTransaction((): AppendResult => {
      const known = tasks.findRow(taskId);
      const asItIs = (): HandoffRecord[] => (known ? tasks.readAfter(known.id, 0) : []);
      if (known && [...facts].some((name) => findFact.get(known.id, name) !== undefined)) {
        return { status: 'known', records: asItIs() };
      }
      if (requested.some((id) => findElsewhere.get(id, known?.id ?? 0) !== undefined)) {
        return { status: 'known', records: asItIs() };
      }
      if ((known?.head ?? 0) !== expectedSeq) return { status: 'conflict', records: asItIs() };
      const head = expectedSeq + rows.length;
      if (head > maxRecords) throw tooLong(taskId);
      const task: TaskRow = known ?? {
        id: Number(addTask.run(taskId).lastInsertRowid),
        head: 0,
        open: 0,
        newest_at: 0,
      };
      const changes = changesOf(rows, expectedSeq);
      const { numbers, opened } = writeHandoffs(task.id, known === undefined, changes);
      let newestAt = task.newest_at;
      let place = recordKey(task.id, expectedSeq);
      for (const { handoffId, json, at } of rows) {
        const handoff = handoffId === undefined ? null : (numbers.get(handoffId) as number);
        addRecord.run(++place, handoff, json);
        if (at > newestAt) newestAt = at;
      }
      for (const name of facts) addFact.run(task.id, name);
      for (const { digest, salt, json } of bodies) addBody.run(task.id, digest, salt, json);
      for (const digest of erase) eraseBody.run(task.id, digest);
      updateTask.run(head, task.open + opened, newestAt, task.id);
      if (!known) onNewTask(newestAt);
      return { status: 'appended' };
    });
  };
}

function changesOf(
  rows: readonly RecordRow[],
  expectedSeq: number,
): ReadonlyMap<string, HandoffChange> {
  const changes = new Map<string, HandoffChange>();
  let seq = expectedSeq;
  for (const { handoffId, status, threadId } of rows) {
    seq++;
    if (handoffId === undefined) continue;
    const change = changes.get(handoffId);
    if (change) {
      change.last = seq;
      change.status = status;
    } else changes.set(handoffId, { first: seq, last: seq, status, threadId });
  }
  return changes;
}

function tooLong(taskId: string): HandoffError {
  return new HandoffError(
    'STORE_FAILED',
    `The log of task ${JSON.stringify(taskId)} would be longer than ${maxRecords} records: begin another task.`,
    { details: { taskId }, retryable: false },
  );
}
