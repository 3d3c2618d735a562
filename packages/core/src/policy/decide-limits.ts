import type { HandoffReason } from '../context/handoff-reason.ts';
import { type Deny, deny, type Permit, permit } from './decision.ts';
import { type Amounts, grantFrom, type Ledger, remainingOf } from './ledger.ts';

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
  /** What each agent has spent or holds of an amount; asked for where it is used up. */
  readonly takenBy?: (amount: keyof Amounts) => Readonly<Record<string, number>>;
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
export function decideBudget({ target, ledger, takenBy }: LimitRequest): Permit | Deny {
  if (grantFrom(ledger) !== undefined) return permit;
  const left = remainingOf(ledger);
  const [limit, amount] =
    left.handoffs < 1
      ? (['maxHandoffs', 'handoffs'] as const)
      : left.tokens < 1
        ? (['maxTokens', 'tokens'] as const)
        : (['maxCostUsd', 'costUsd'] as const);
  const bound = ledger.limits[limit];
  const spent = ledger.used[amount];
  const held = ledger.reserved[amount];
  const by = takenBy?.(amount) ?? {};
  const agents = Object.entries(by).map(([agentId, taken]) => `${agentId} ${taken}`);
  const whose = agents.length === 0 ? '' : ` (${agents.join(', ')})`;
  return deny(
    'LIMIT_EXCEEDED',
    `The handoff to "${target}" is refused, because ${limit} is ${bound}, ${spent} are used and ${held} are reserved by handoffs that still run${whose}: raise the limit, or begin a new task.`,
    { target, limit, bound, used: spent, reserved: held, by },
  );
}
