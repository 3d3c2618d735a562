import type { HandoffReason } from '../context/handoff-reason.ts';
import { type Deny, deny, type Permit, permit } from './decision.ts';
import { grantFrom, type Ledger, remainingOf } from './ledger.ts';

/** What the decisions on limits look at. */
export interface LimitRequest {
  readonly source: string;
  readonly target: string;
  readonly reason: HandoffReason;
  readonly handoffChain: readonly string[];
  readonly maxChain: number;
  readonly ledger: Ledger;
  /** How often the target has held the task already. */
  readonly visits: number;
}

/** The bounds of a path: its length, and no agent that hands to itself or comes round too often. */
export function decideChain(request: LimitRequest): Permit | Deny {
  const { source, target, reason, handoffChain, maxChain, ledger, visits } = request;
  if (source === target) {
    return deny(
      'CYCLE',
      `Agent "${target}" can't hand to itself: let it go on with its own work.`,
      {
        target,
      },
    );
  }
  const { maxVisitsPerAgent } = ledger.limits;
  if (visits >= maxVisitsPerAgent) {
    return deny(
      'CYCLE',
      `Agent "${target}" has held this task ${visits} times, and maxVisitsPerAgent is ${maxVisitsPerAgent}: hand to another agent, or raise the limit.`,
      { target, visits, maxVisitsPerAgent },
    );
  }
  if (reason !== 'completion' && handoffChain.length > maxChain) {
    return deny(
      'CHAIN_LIMIT',
      `The handoff to "${target}" would make a chain of ${handoffChain.length} agents (${handoffChain.join(' -> ')}), and maxChain is ${maxChain}: answer instead, or raise maxChain.`,
      { target, handoffChain, maxChain },
    );
  }
  return permit;
}

/** The task's budget: whether there is a grant for one handoff more. */
export function decideBudget({ target, ledger }: LimitRequest): Permit | Deny {
  if (grantFrom(ledger) !== undefined) return permit;
  const { limits, reserved, used } = ledger;
  const left = remainingOf(ledger);
  const [limit, bound, spent, held] =
    left.handoffs < 1
      ? (['maxHandoffs', limits.maxHandoffs, used.handoffs, reserved.handoffs] as const)
      : left.tokens < 1
        ? (['maxTokens', limits.maxTokens, used.tokens, reserved.tokens] as const)
        : (['maxCostUsd', limits.maxCostUsd, used.costUsd, reserved.costUsd] as const);
  return deny(
    'LIMIT_EXCEEDED',
    `The handoff to "${target}" is refused, because ${limit} is ${bound}, ${spent} are used and ${held} are reserved by handoffs that still run: raise the limit, or begin a new task.`,
    { target, limit, bound, used: spent, reserved: held },
  );
}
