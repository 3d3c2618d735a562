import { HandoffError } from '@agent-handoff/core';
import { type HandoffRecord, isTaskRecord, statusOf } from '@agent-handoff/core/store';

const places = 2 ** 20;

/** How long a task's log can be. */
export const maxRecords = places - 1;

/** The key of a record: those of one task follow each other. */
export const recordKey = (task: number, seq: number): number => task * places + seq;

/** What a store keeps of a record, besides its text. */
export interface RecordRow {
  readonly json: string;
  /** Absent for a record about the task. */
  readonly handoffId?: string;
  readonly status: string;
  readonly threadId: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Reads what there is to keep, before anything is written.
 *
 * @throws HandoffError `STORE_FAILED` for a record that could not be found again.
 */
export function toRecordRow(record: HandoffRecord): RecordRow {
  const { handoffId, type, threadId = null, at } = record;
  const time = Date.parse(at);
  if (typeof handoffId !== 'string' || typeof type !== 'string' || Number.isNaN(time)) {
    throw new HandoffError(
      'STORE_FAILED',
      'A record without handoffId, type and a time was to be appended.',
      { retryable: false },
    );
  }
  return {
    json: JSON.stringify(record),
    ...(isTaskRecord(record) ? {} : { handoffId }),
    status: statusOf(record),
    threadId,
    at: time,
  };
}

/** The record of a row's text. */
export const fromJson = (json: string): HandoffRecord => JSON.parse(json) as HandoffRecord;

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'rejected', 'cancelled']);

/** 1 for a handoff that has not ended, else 0. */
export const openCount = (status: string | undefined): number =>
  status === undefined || ends.has(status) ? 0 : 1;
