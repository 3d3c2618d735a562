import { leastThat } from '../context/least-that.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffRecord } from './handoff-record.ts';
import { type HandoffPage, type HandoffQuery, statusOf } from './handoff-store.ts';

/** One handoff as a memory store lists it. */
export interface Request {
  /** Rises by one with every request of the store's life; the cursor of queries. */
  readonly order: number;
  readonly taskId: string;
  readonly handoffId: string;
  /** The handoff's own, oldest first; undefined once the task is dropped. */
  records: HandoffRecord[] | undefined;
}

/** A page of the requests, which are in the order of their numbers. */
export function pageOf(requests: readonly Request[], query: HandoffQuery): HandoffPage {
  const { threadId, status, first = 'oldest', limit = 100, cursor } = query;
  checkLimit(limit);
  if (cursor !== undefined && !/^\d+$/.test(cursor)) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      'The cursor is none: pass one from an earlier page.',
    );
  }
  const step = first === 'oldest' ? 1 : -1;
  const handoffs: HandoffRecord[][] = [];
  let last: Request | undefined;
  for (let i = startOf(requests, step, cursor); i >= 0 && i < requests.length; i += step) {
    const request = requests[i] as Request;
    const { records } = request;
    if (records === undefined) continue;
    if (threadId !== undefined && records[0]?.threadId !== threadId) continue;
    if (status !== undefined && statusOf(records.at(-1) as HandoffRecord) !== status) continue;
    if (handoffs.length === limit) return { handoffs, cursor: String(last?.order) };
    handoffs.push([...records]);
    last = request;
  }
  return { handoffs };
}

/** @throws HandoffError `INVALID_CONFIGURATION` for a limit that is none. */
export function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `limit is ${limit}: give a whole number above 0.`,
  );
}

/** Where a page begins: at an end of the list, or beside the request that the cursor names. */
function startOf(requests: readonly Request[], step: 1 | -1, cursor: string | undefined): number {
  if (cursor === undefined) return step === 1 ? 0 : requests.length - 1;
  const after = Number(cursor) + (step === 1 ? 1 : 0);
  const first = leastThat(0, requests.length, (i) => (requests[i] as Request).order >= after);
  return step === 1 ? first : first - 1;
}
