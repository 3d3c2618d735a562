import type { HandoffContext } from '../context/handoff-context.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { leaseMarginMs } from './claim.ts';

/** How long an attempt may take, and its claim lasts. */
export interface Lease {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** RFC 3339 UTC. */
  readonly leaseUntil: string;
}

/** What bounds an attempt. */
export interface LeaseBounds {
  /** The task's limit. */
  readonly limitMs: number;
  /** The caller's, for this handoff. */
  readonly timeoutMs: number | undefined;
  /** The newest record of the parent, which may run and wait. */
  readonly parent: HandoffRecord | undefined;
}

/**
 * The lease of an attempt that begins now: until the timeout, the context's deadline or the deadline
 * of a parent that waits for it, whichever comes first; and 30 s more to write the end.
 */
export function leaseFor(context: HandoffContext, now: number, bounds: LeaseBounds): Lease {
  let deadline = now + Math.min(bounds.limitMs, bounds.timeoutMs ?? bounds.limitMs);
  if (context.deadlineAt !== undefined) {
    deadline = Math.min(deadline, Date.parse(context.deadlineAt));
  }
  if (bounds.parent?.leaseUntil !== undefined) {
    deadline = Math.min(deadline, Date.parse(bounds.parent.leaseUntil) - leaseMarginMs);
  }
  return { deadline, leaseUntil: toTimestamp(Math.max(now, deadline) + leaseMarginMs) };
}
