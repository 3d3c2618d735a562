import type { Json } from '../context/json.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { Failure, OpenInput } from '../line/open-input.ts';
import { failureOf, insteadOf } from './failover-run.ts';
import { decidedBy, type PatternResult } from './pattern-result.ts';
import { type RunInput, stepRun } from './step-run.ts';

/** An escalation, as an engine runs it. */
export interface EscalateRunInput extends RunInput {
  readonly steps: readonly [OpenInput, ...OpenInput[]];
  /** From 0 to 1. */
  readonly until: number;
}

/**
 * Raises the task from one level to the next until an answer is sure enough. A level continues the one
 * below it; where that failed, it takes its place.
 */
export async function escalateRun(
  line: Line,
  run: DurableRun,
  input: EscalateRunInput,
): Promise<PatternResult> {
  const spec = {
    root: input.steps[0].handoffId,
    workflow: 'escalate',
    input: input as unknown as Json,
  };
  const steps: HandoffResult[] = [];
  let below: HandoffResult | undefined;
  /** Since the level below, which hands on those before it. */
  let failures: readonly Failure[] = [];
  for (const [i, step] of input.steps.entries()) {
    const next = { ...above(step, below, failures, i > 0), run: spec };
    const result = await stepRun(line, run, next, `${i + 1}/`, input);
    steps.push(result);
    if (result.status === 'completed') {
      if (result.finalConfidence >= input.until) break;
      below = result;
      failures = [];
    } else if (result.status === 'failed') {
      failures = [...failures, failureOf(result)];
    } else break;
  }
  return decidedBy(steps.at(-1) as HandoffResult, steps);
}

function above(
  step: OpenInput,
  below: HandoffResult | undefined,
  failures: readonly Failure[],
  isHigher: boolean,
): OpenInput {
  if (!isHigher) return step;
  if (!below) return { ...insteadOf(step, failures), reason: 'escalation' };
  const { source: _, ...continued } = step;
  // The level below hands its own state on.
  const { state: __, keepMessages: ___, ...content } = step.content;
  return { ...continued, reason: 'escalation', parentIds: [below.handoffId], content, failures };
}
