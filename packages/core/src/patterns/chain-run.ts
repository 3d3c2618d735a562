import type { Json } from '../context/json.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { decidedBy, type PatternResult } from './pattern-result.ts';
import { type RunInput, stepRun } from './step-run.ts';

/** A chain, as an engine runs it. */
export interface ChainRunInput extends RunInput {
  readonly steps: readonly [OpenInput, ...OpenInput[]];
}

/**
 * Hands the task through its steps, each continuing the one before, until the last or the first that
 * doesn't complete.
 */
export async function chainRun(
  line: Line,
  run: DurableRun,
  input: ChainRunInput,
): Promise<PatternResult> {
  const spec = {
    root: input.steps[0].handoffId,
    workflow: 'chain',
    input: input as unknown as Json,
  };
  const steps: HandoffResult[] = [];
  let last: HandoffResult | undefined;
  for (const [i, step] of input.steps.entries()) {
    const continued = last ? { ...step, parentIds: [last.handoffId] } : step;
    last = await stepRun(line, run, { ...continued, run: spec }, `${i + 1}/`, input);
    steps.push(last);
    if (last.status !== 'completed') break;
  }
  return decidedBy(last as HandoffResult, steps);
}
