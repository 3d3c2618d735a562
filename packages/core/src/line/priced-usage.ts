import type { Usage } from '../agent/usage.ts';
import { isCost } from './check-report.ts';
import type { Line } from './line.ts';

/**
 * A usage with what it costs, where it doesn't say and the manager has a price.
 *
 * @throws TypeError where the price is not a number from 0, and whatever the price throws.
 */
export function priced(line: Line, agentId: string, usage: Usage): Usage {
  if (usage.costUsd !== undefined || line.price === undefined) return usage;
  const costUsd = line.price(usage, { agentId });
  if (!isCost(costUsd)) {
    throw new TypeError(
      `price() gave ${String(costUsd)} for it, which is not a number from 0 to 2^53 - 1`,
    );
  }
  return { costUsd, ...usage };
}

/** {@link priced}; where the price fails, without a cost: what was consumed counts all the same. */
export function pricedIfPossible(line: Line, agentId: string, usage: Usage): Usage {
  try {
    return priced(line, agentId, usage);
  } catch {
    return usage;
  }
}
