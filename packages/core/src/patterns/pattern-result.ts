import { addUsage, noUsage } from '../agent/usage.ts';
import type { HandoffResult } from '../line/handoff-result.ts';

/** The result that decided a pattern, and every step on the way to it. */
export type PatternResult<Data = unknown> = HandoffResult<Data> & {
  /** Every handoff of the pattern in the order of their beginnings, the deciding one among them. */
  readonly steps: readonly HandoffResult[];
};

/** The result of the step that decided, with the usage of all steps together. */
export function decidedBy(result: HandoffResult, steps: readonly HandoffResult[]): PatternResult {
  const usage = steps.reduce((sum, step) => addUsage(sum, step.usage), noUsage);
  return { ...result, usage, steps };
}
