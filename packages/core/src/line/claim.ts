import type { Approval } from '../agent/approval-decision.ts';
import type { Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { Message } from '../context/message.ts';
import type { Amounts } from '../policy/ledger.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { HandoffResult } from './handoff-result.ts';

/** The right, and the duty, to run one attempt of a handoff. Plain JSON. */
export interface Claim {
  readonly context: HandoffContext;
  readonly delimiter?: string;
  /** The record that made the claim: the head of the log, as far as the claimant knows. */
  readonly accepted: HandoffRecord;
  readonly grant: Amounts;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** What an attempt before this one left behind, when it ended to wait. */
  readonly earlier?: EarlierAttempt;
}

/** An attempt that ended to wait, and can be continued. Plain JSON. */
export interface EarlierAttempt {
  /** What it added, the calls that it waited for answered. */
  readonly messages: readonly Message[];
  readonly usage: Usage;
  /** Where it waited for an approval itself. */
  readonly approval?: Approval;
}

/** What opening a handoff led to. */
export type Opened =
  | Begun
  /** It is recorded and waits to be executed. */
  | { readonly kind: 'requested'; readonly context: HandoffContext };

/** Where a handoff is that is to be run. */
export type Begun =
  /** It has its result already. */
  | { readonly kind: 'settled'; readonly result: HandoffResult }
  /** It is the caller's to run. */
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** Somebody else runs it. */
  | { readonly kind: 'elsewhere'; readonly taskId: string; readonly handoffId: string }
  /** It waits for work that its agent gave out; `result` is what it is until then. */
  | {
      readonly kind: 'waiting';
      readonly taskId: string;
      readonly handoffId: string;
      readonly waitsFor: readonly { readonly handoffId: string; readonly target: string }[];
      readonly result: HandoffResult;
    };

/** How long after its deadline an attempt may still write its end, in milliseconds. */
export const leaseMarginMs = 30_000;
