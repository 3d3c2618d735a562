import type { Usage } from '../agent/usage.ts';
import type { Remaining } from '../context/handoff-context.ts';
import type { Limits } from './limits.ts';

/** What was spent, or set aside to be spent. */
export interface Amounts {
  /** United States dollars. */
  readonly costUsd: number;
  readonly handoffs: number;
  readonly tokens: number;
}

/**
 * A task's balance, written on every record of its log: the newest one is the balance now. A handoff
 * reserves a grant when it is accepted and settles it when it ends, so that handoffs at the same time
 * can't overspend together.
 */
export interface Ledger {
  readonly limits: Limits;
  /** Held by handoffs that have not ended. */
  readonly reserved: Amounts;
  /** Spent by handoffs that have ended. */
  readonly used: Amounts;
}

/** Nothing. */
export const noAmounts: Amounts = { costUsd: 0, handoffs: 0, tokens: 0 };

/** The balance of a new task. */
export function openLedger(limits: Limits): Ledger {
  return { limits, reserved: noAmounts, used: noAmounts };
}

/** The same balance under tighter limits. */
export function withLimits(ledger: Ledger, limits: Limits): Ledger {
  return limits === ledger.limits ? ledger : { ...ledger, limits };
}

/** What is neither spent nor set aside; never below 0. */
export function remainingOf({ limits, reserved, used }: Ledger): Remaining {
  const handoffs = Math.max(0, limits.maxHandoffs - used.handoffs - reserved.handoffs);
  const tokens = Math.max(0, limits.maxTokens - used.tokens - reserved.tokens);
  if (limits.maxCostUsd === undefined) return { handoffs, tokens };
  return {
    costUsd: exactCost(limits.maxCostUsd - used.costUsd - reserved.costUsd),
    handoffs,
    tokens,
  };
}

/** The most that one branch of several may set aside: all have the same share. */
export interface Share {
  /** United States dollars; absent where the task has no limit of cost. */
  readonly costUsd?: number;
  /** Its own and those that it takes in other processes. */
  readonly handoffs: number;
  readonly tokens: number;
}

/**
 * The grant of the next handoff: one handoff and half of the tokens and money that are free, so that
 * handoffs that begin while it runs have something left; or its share of them, where it is one of
 * several branches. Undefined where a limit is used up.
 */
export function grantFrom(ledger: Ledger, share?: Share): Amounts | undefined {
  const free = remainingOf(ledger);
  if (free.handoffs < 1 || free.tokens < 1 || free.costUsd === 0) return undefined;
  return {
    costUsd: exactCost(Math.min(free.costUsd ?? 0, share?.costUsd ?? (free.costUsd ?? 0) / 2)),
    handoffs: 1,
    tokens: Math.min(free.tokens, share?.tokens ?? Math.ceil(free.tokens / 2)),
  };
}

/** What each of so many branches may set aside: equal shares of what is free, one of each at least. */
export function shareOf(ledger: Ledger, branches: number): Share {
  const { handoffs, tokens, costUsd } = remainingOf(ledger);
  return {
    handoffs: Math.max(1, Math.floor(handoffs / branches)),
    tokens: Math.max(1, Math.floor(tokens / branches)),
    ...(costUsd === undefined ? {} : { costUsd: exactCost(costUsd / branches) }),
  };
}

/** What a branch is told that is left: its share, which other processes go by. */
export function remainingFor(ledger: Ledger, share: Share | undefined): Remaining {
  const free = remainingOf(ledger);
  if (share === undefined) return free;
  const { costUsd = Infinity } = share;
  return {
    ...(free.costUsd === undefined ? {} : { costUsd: Math.min(free.costUsd, costUsd) }),
    handoffs: Math.min(free.handoffs, share.handoffs),
    tokens: Math.min(free.tokens, share.tokens),
  };
}

/** The balance after a grant is set aside. */
export function reserve(ledger: Ledger, grant: Amounts): Ledger {
  return { ...ledger, reserved: add(ledger.reserved, grant) };
}

/**
 * The balance after a grant was given back and what it was spent on is known; `handoffs` are those that
 * it took elsewhere, beside its own.
 */
export function settle(ledger: Ledger, grant: Amounts, usage: Usage, handoffs = 0): Ledger {
  return {
    limits: ledger.limits,
    reserved: add(ledger.reserved, grant, -1),
    used: add(ledger.used, {
      costUsd: usage.costUsd ?? 0,
      handoffs: grant.handoffs + handoffs,
      tokens: usage.totalTokens,
    }),
  };
}

/** What `a` has more than `b`. */
export function difference(a: Amounts, b: Amounts): Amounts {
  return add(a, b, -1);
}

function add(a: Amounts, b: Amounts, sign = 1): Amounts {
  return {
    costUsd: exactCost(capped(a.costUsd + sign * b.costUsd)),
    handoffs: capped(a.handoffs + sign * b.handoffs),
    tokens: capped(a.tokens + sign * b.tokens),
  };
}

/** What agents claim to have used has no end; what is recorded is exact in every language. */
function capped(amount: number): number {
  return Math.min(amount, Number.MAX_SAFE_INTEGER);
}

/** Money in steps of a billionth of a dollar, so that what is given back is what was taken. */
export function exactCost(costUsd: number): number {
  return costUsd === 0 ? 0 : Math.max(0, Math.round(costUsd * 1e9) / 1e9);
}
