import type { HandoffRecord } from './handoff-record.ts';
import type { StoredBody } from './stored-body.ts';
import type { ThreadStore } from './thread-store.ts';

/** What makes an append happen once, and what goes with it. */
export interface AppendOptions {
  /** Names the whole append: a second one under the same key writes nothing. */
  readonly key?: string;
  /** Facts of which there can be one: `<handoffId>/end`, `<handoffId>/attempt/<n>`. */
  readonly slots?: readonly string[];
  readonly bodies?: readonly StoredBody[];
  /** Digests of bodies of the task that are erased with this append. */
  readonly erase?: readonly string[];
}

/** What an append answers. */
export type AppendResult =
  | { readonly status: 'appended' }
  /**
   * The key or a slot exists, or another task has a handoff that was to be requested; nothing was
   * written. The task's log as it is, oldest first; empty for no such task.
   */
  | { readonly status: 'known'; readonly records: readonly HandoffRecord[] }
  /** `expectedSeq` is not the head; nothing was written. The log as it is, empty for no such task. */
  | { readonly status: 'conflict'; readonly records: readonly HandoffRecord[] };

/**
 * Where a handoff stands: the type of its newest record, `accepted` as `running`, and as `requested`
 * one that was decided about and not taken up yet.
 */
export type HandoffStatus =
  | 'requested'
  | 'running'
  | 'awaiting-approval'
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'cancelled';

/** Which handoffs to list. */
export interface HandoffQuery {
  readonly taskId?: string;
  readonly threadId?: string;
  readonly status?: HandoffStatus;
  /** By the time of their request; default `oldest`. */
  readonly first?: 'oldest' | 'newest';
  /** At most so many, a whole number above 0; default 100. */
  readonly limit?: number;
  /** From an earlier page: what follows it. */
  readonly cursor?: string;
}

/** The records of one handoff, oldest first, without those about its task (`isTaskRecord`). */
export type HandoffLog = readonly HandoffRecord[];

/** Which tasks may go. */
export interface PruneQuery {
  /** RFC 3339 UTC: tasks that have no open handoff, and no record from then on. */
  readonly endedBefore: string;
  /** At most so many, a whole number above 0; default 1,000. */
  readonly limit?: number;
}

/** The fields of a {@link PruneQuery}, for stores to refuse others. */
export const pruneFields = {
  endedBefore: true,
  limit: true,
} satisfies Record<keyof PruneQuery, true>;

/** One page of an answer. */
export interface HandoffPage {
  readonly handoffs: readonly HandoffLog[];
  /** Where the next page begins; absent on the last. */
  readonly cursor?: string;
}

/**
 * Where records live. Every method may be called by several processes at once; what `append` said it
 * appended is there for all of them. A store that can't do what it was asked rejects, and has written
 * all of it or nothing.
 */
export interface HandoffStore {
  /**
   * Appends records to a task's log, atomically with their bodies, key and slots, if the log's newest
   * `seq` is `expectedSeq` (0: the task doesn't exist yet). A handoff is requested in one task only.
   * What is known is answered before a conflict is.
   */
  append(
    taskId: string,
    expectedSeq: number,
    records: readonly HandoffRecord[],
    options?: AppendOptions,
  ): Promise<AppendResult>;
  /** The task's records, oldest first; empty for no such task. */
  readTask(taskId: string): Promise<readonly HandoffRecord[]>;
  /** The task that a handoff belongs to. */
  findTask(handoffId: string): Promise<string | undefined>;
  /** The bodies with these digests, in their order; undefined where one is erased or unknown. */
  readBodies(
    taskId: string,
    digests: readonly string[],
  ): Promise<readonly (StoredBody | undefined)[]>;
  /** Rejects for a limit or a cursor that is none, rather than to begin anew. */
  query(query: HandoffQuery): Promise<HandoffPage>;
  /** The task's records after `afterSeq`, and then each new one as it comes, until the signal aborts. */
  watch(
    taskId: string,
    afterSeq: number,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<HandoffRecord>;
  /** Forgets whole tasks, the longest ended first, with all that belongs to them. How many it were. */
  prune(query: PruneQuery): Promise<number>;
  /** Conversations, where the store keeps them too. */
  readonly threads?: ThreadStore;
}

/** The status that a handoff's newest record gives it. */
export function statusOf(record: HandoffRecord): HandoffStatus {
  switch (record.type) {
    case 'accepted':
      return 'running';
    case 'approval-requested':
      return 'awaiting-approval';
    case 'approval-decided':
    case 'joined':
    case 'erased':
      return 'requested';
    default:
      return record.type;
  }
}
