import type { HandoffReason } from '../context/handoff-reason.ts';
import type { Origin } from '../context/origin.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { Ledger } from '../policy/ledger.ts';

/** What a record can say. */
export const recordTypes = [
  'requested',
  'accepted',
  'completed',
  'failed',
  'rejected',
  'cancelled',
  'approval-requested',
  'approval-decided',
  'joined',
  'erased',
] as const;

/** One of {@link recordTypes}. */
export type RecordType = (typeof recordTypes)[number];

/** The types that end a handoff; each handoff has one of them at most. */
export type EndType = 'completed' | 'failed' | 'rejected' | 'cancelled';

/** True for a record that ends its handoff. */
export function isEnd(record: HandoffRecord): boolean {
  return (
    record.type === 'completed' ||
    record.type === 'failed' ||
    record.type === 'rejected' ||
    record.type === 'cancelled'
  );
}

/**
 * True for a record about a task rather than about the course of one handoff: it is in the task's log,
 * and no part of a handoff's own.
 */
export function isTaskRecord({ type }: Pick<HandoffRecord, 'type'>): boolean {
  return type === 'joined' || type === 'erased';
}

/**
 * One entry of a task's append-only log. The entries are linked by their digests, so that an edit, a
 * drop or a change of order shows. Content is not in it, only its digest: a body can be erased and the
 * chain stays whole.
 */
export interface HandoffRecord {
  /** RFC 3339 UTC. */
  readonly at: string;
  /** From 1; on `accepted` and what follows it. */
  readonly attempt?: number;
  /** Who decided, or erased. */
  readonly by?: string;
  /** Digest of the body that holds the context. */
  readonly contextDigest: string;
  /** On `approval-decided`. */
  readonly decision?: 'approve' | 'deny' | 'answer';
  /** SHA-256, in hex, of the record in RFC 8785 (JCS) form without this member and `signature`. */
  readonly digest: string;
  readonly errorCode?: ErrorCode;
  /** On `approval-requested`: until then it can be decided. RFC 3339 UTC. */
  readonly expiresAt?: string;
  /** The findings, by key, whose origin differs from the context's. */
  readonly findingOrigins?: Readonly<Record<string, Origin>>;
  readonly handoffId: string;
  /** On `accepted`: until then nobody else may run the handoff. RFC 3339 UTC. */
  readonly leaseUntil?: string;
  /** The task's balance after this record. */
  readonly ledger: Ledger;
  readonly origin: Origin;
  /** Digest of the body that holds the outcome; on what ends a handoff. */
  readonly outcomeDigest?: string;
  /**
   * Digests: of the record before this one in the log, unless it is the first; then, on `requested`,
   * of the newest record of each handoff that this one continues, and on `joined` of the end of each
   * branch that counted.
   */
  readonly parents: readonly string[];
  /** On whose behalf the task was opened; on its first record. */
  readonly principal?: string;
  readonly reason: HandoffReason;
  readonly recordId: string;
  /** The handoff that this one replays. */
  readonly replayOf?: string;
  /**
   * On the first record of each step of a run of several handoffs, or on its first claim where it was
   * requested by itself: digest of the body that says how the run goes on.
   */
  readonly runDigest?: string;
  readonly scope: readonly string[];
  /** The place in the task's log, from 1, without gaps. */
  readonly seq: number;
  readonly source: string;
  readonly target: string;
  readonly taskId: string;
  /** On `requested`: the conversation that the handoff belongs to. */
  readonly threadId?: string;
  readonly traceparent?: string;
  readonly type: RecordType;
  readonly v: 1;
}
