import type { JsonObject } from '../context/json.ts';

/**
 * What somebody decides about a handoff that waits: it may run; it may not; or it need not, because
 * here is its answer.
 */
export type ApprovalDecision =
  | { readonly type: 'approve' }
  | {
      readonly type: 'deny';
      /** Told to whoever handed on. */
      readonly reason?: string;
    }
  | {
      readonly type: 'answer';
      readonly output: string;
      /** The structured answer; must satisfy the target's `dataSchema` where it has one. */
      readonly data?: unknown;
      readonly findings?: JsonObject;
      /** From 0 to 1; default 1. */
      readonly confidence?: number;
    };

/** What ends a handoff without its agent: a decision that is one, or that nobody waits for it any more. */
export type EndingDecision =
  | Exclude<ApprovalDecision, { readonly type: 'approve' }>
  | { readonly type: 'cancel' };

/** An approval, as the agent learns of it that waited for one. */
export interface Approval {
  /** Who approved, where that was said. */
  readonly by?: string;
}
