import type { ExecutionEngine } from '../execution/execution-engine.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import { handoffRun, type RecordedInput, recordedRun } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { type BranchRunInput, branchRun } from '../patterns/branch-run.ts';
import { type ChainRunInput, chainRun } from '../patterns/chain-run.ts';
import { type EscalateRunInput, escalateRun } from '../patterns/escalate-run.ts';
import { type FailoverRunInput, failoverRun } from '../patterns/failover-run.ts';
import { type ParallelRunInput, parallelRun } from '../patterns/parallel-run.ts';
import type { PatternResult } from '../patterns/pattern-result.ts';
import { type RouteRunInput, type RunResult, routeRun } from '../patterns/route-run.ts';

/** What runs on an engine. The names are recorded: a run is found again under its own. */
export type Workflow =
  | 'handoff'
  | 'recorded'
  | 'chain'
  | 'failover'
  | 'escalate'
  | 'parallel'
  | 'run';

/** Gives the engine everything that a manager runs on it. */
export function defineWorkflows(engine: ExecutionEngine, name: string, line: Line): void {
  engine.define<OpenInput, HandoffResult>(`${name}/handoff`, (run, input) =>
    handoffRun(line, run, input),
  );
  engine.define<RecordedInput, HandoffResult>(`${name}/recorded`, (run, input) =>
    recordedRun(line, run, input),
  );
  engine.define<ChainRunInput, PatternResult>(`${name}/chain`, (run, input) =>
    chainRun(line, run, input),
  );
  engine.define<FailoverRunInput, PatternResult>(`${name}/failover`, (run, input) =>
    failoverRun(line, run, input),
  );
  engine.define<EscalateRunInput, PatternResult>(`${name}/escalate`, (run, input) =>
    escalateRun(line, run, input),
  );
  engine.define<BranchRunInput, HandoffResult>(`${name}/branch`, (run, input) =>
    branchRun(line, run, input),
  );
  engine.define<ParallelRunInput, PatternResult>(`${name}/parallel`, (run, input) =>
    parallelRun(line, run, input, `${name}/branch`),
  );
  engine.define<RouteRunInput, RunResult>(`${name}/run`, (run, input) =>
    routeRun(line, run, input),
  );
}
