import { addUsage, noUsage } from '../agent/usage.ts';
import type { HandoffErrorJson } from '../errors/handoff-error.ts';
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

/** The result where the steps are done, and what was to follow them failed; their answers are in `steps`. */
export function failedAfter(last: HandoffResult, error: HandoffErrorJson): HandoffResult {
  const { output: _, data: __, messages: ___, transfer: ____, ...base } = last;
  return { ...base, status: 'failed', success: false, error } as HandoffResult;
}
