import type { Json } from '../context/json.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { HandoffErrorJson } from '../errors/handoff-error.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { Failure, OpenInput } from '../line/open-input.ts';
import { decidedBy, type PatternResult } from './pattern-result.ts';
import { type RunInput, stepRun } from './step-run.ts';

/** A failover, as an engine runs it. */
export interface FailoverRunInput extends RunInput {
  readonly steps: readonly [OpenInput, ...OpenInput[]];
}

/** Refusals that the next target would get too. */
const refusedToAll: ReadonlySet<ErrorCode> = new Set([
  'LIMIT_EXCEEDED',
  'CHAIN_LIMIT',
  'INVALID_CONTEXT',
]);

/** Asks one target after the other until one completes; each learns what the ones before it failed for. */
export async function failoverRun(
  line: Line,
  run: DurableRun,
  input: FailoverRunInput,
): Promise<PatternResult> {
  const spec = { workflow: 'failover', input: input as unknown as Json };
  /** The first step of which anything was recorded. */
  let root: string | undefined;
  const steps: HandoffResult[] = [];
  let failures: readonly Failure[] = [];
  for (const [i, step] of input.steps.entries()) {
    const ofRun = { run: { ...spec, root: root ?? step.handoffId } };
    const next = { ...(i === 0 ? step : insteadOf(step, failures)), ...ofRun };
    const result = await stepRun(line, run, next, `${i + 1}/`, input);
    if (result.returnedContext) root ??= step.handoffId;
    steps.push(result);
    if (!isFailure(result)) break;
    failures = [...failures, failureOf(result)];
  }
  return decidedBy(steps.at(-1) as HandoffResult, steps);
}

/** The step as a sibling of those that failed. */
export function insteadOf(step: OpenInput, failures: readonly Failure[]): OpenInput {
  return {
    ...step,
    reason: 'failure',
    ...(step.parentIds.length === 0 ? { sibling: true } : {}),
    failures,
  };
}

/** What a step that didn't complete failed for. */
export function failureOf({ targetAgentId: agentId, error }: HandoffResult): Failure {
  const { code, message } = error as HandoffErrorJson;
  return { agentId, failed: code, message };
}

/** Whether the next target would be refused for this too. */
export function isRefusedToAll(code: ErrorCode | undefined): boolean {
  return code !== undefined && refusedToAll.has(code);
}

function isFailure({ status, error }: HandoffResult): boolean {
  if (status === 'failed') return true;
  return status === 'rejected' && !isRefusedToAll(error.code);
}
