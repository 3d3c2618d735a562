export type {
  ChildRun,
  DurableRun,
  EngineCapabilities,
  ExecutionEngine,
  RunBody,
  RunStatus,
  StepInput,
} from './execution/execution-engine.ts';
export { inProcessEngine } from './execution/in-process-engine.ts';
