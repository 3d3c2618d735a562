import { addUsage, noUsage } from '../agent/usage.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import { handoffRun } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';

/** The result that decided a pattern, and every step on the way to it. */
export type PatternResult<Data = unknown> = HandoffResult<Data> & {
  /** Every handoff of the pattern in the order of their beginnings, the deciding one among them. */
  readonly steps: readonly HandoffResult[];
};

/**
 * Hands the task through its steps, each continuing the one before, until the last or the first that
 * doesn't complete. The usage of the result is that of all steps together.
 */
export async function chainRun(
  line: Line,
  run: DurableRun,
  inputs: readonly [OpenInput, ...OpenInput[]],
): Promise<PatternResult> {
  const steps: HandoffResult[] = [];
  let last: HandoffResult | undefined;
  for (const [i, input] of inputs.entries()) {
    const continued = last ? { ...input, parentIds: [last.handoffId] } : input;
    last = await handoffRun(line, run, continued, `${i + 1}/`);
    steps.push(last);
    if (last.status !== 'completed') break;
  }
  const usage = steps.reduce((sum, step) => addUsage(sum, step.usage), noUsage);
  return { ...(last as HandoffResult), usage, steps };
}
