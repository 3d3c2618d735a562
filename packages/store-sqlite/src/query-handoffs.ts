import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HandoffError } from '@agent-handoff/core';
import type { HandoffPage, HandoffQuery, HandoffRecord } from '@agent-handoff/core/store';
import { fromJson } from './record-row.ts';

/** `query` of the store, without waiting. */
export function prepareQuery(database: DatabaseSync): (query: HandoffQuery) => HandoffPage {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return (query) => {
    const { taskId, threadId, status, limit = 100, cursor } = query;
    checkLimit(limit);
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        'The cursor is none: pass one from an earlier page.',
      );
    }
    const start = query.first === 'newest' ? Number.MAX_SAFE_INTEGER : 0;
    const rows = prepared(querySql(query)).all({
      from: cursor === undefined ? start : Number(cursor),
      // One more than asked for tells whether there is another page.
      limit: limit + 1,
      ...(taskId === undefined ? {} : { taskId }),
      ...(threadId === undefined ? {} : { threadId }),
      ...(status === undefined ? {} : { status }),
    }) as unknown as readonly { readonly id: number; readonly json: string }[];

    const logs = new Map<number, HandoffRecord[]>();
    for (const { id, json } of rows) {
      const log = logs.get(id);
      if (log) log.push(fromJson(json));
      else if (logs.size === limit) {
        return { handoffs: [...logs.values()], cursor: String([...logs.keys()].at(-1)) };
      } else logs.set(id, [fromJson(json)]);
    }
    return { handoffs: [...logs.values()] };
  };
}

/**
 * One statement for a page and its records, so that both are of one moment. The index is named: a page
 * may not cost more because there are more handoffs.
 */
export function querySql({ taskId, threadId, status, first = 'oldest' }: HandoffQuery): string {
  const oldest = first === 'oldest';
  const conditions = [
    oldest ? 'id > :from' : 'id < :from',
    ...(taskId === undefined ? [] : ['task = (SELECT id FROM tasks WHERE task_id = :taskId)']),
    ...(threadId === undefined ? [] : ['thread_id = :threadId']),
    ...(status === undefined ? [] : ['status = :status']),
  ];
  const order = oldest ? 'ASC' : 'DESC';
  return `
    SELECT page.id, records.json
    FROM (
      SELECT id, first_record, last_record
      FROM handoffs ${indexFor({ taskId, threadId, status })}
      WHERE ${conditions.join(' AND ')}
      ORDER BY id ${order} LIMIT :limit
    ) AS page
    CROSS JOIN records
      ON records.id BETWEEN page.first_record AND page.last_record AND records.handoff = page.id
    ORDER BY page.id ${order}, records.id`;
}

function indexFor({
  taskId,
  threadId,
  status,
}: {
  [Key in 'taskId' | 'threadId' | 'status']: string | undefined;
}): string {
  if (taskId !== undefined) return 'INDEXED BY handoffs_task';
  if (threadId !== undefined) {
    return `INDEXED BY ${status === undefined ? 'handoffs_thread' : 'handoffs_thread_status'}`;
  }
  return status === undefined ? 'NOT INDEXED' : 'INDEXED BY handoffs_status';
}

/** @throws HandoffError `INVALID_CONFIGURATION` for a limit that is none. */
export function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `limit is ${limit}: give a whole number above 0.`,
  );
}
