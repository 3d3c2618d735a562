export type {
  AgentAbilities,
  AgentSubject,
  MakeAgent,
  ModelDouble,
  ModelMove,
  ModelTurn,
} from './conformance/agent-subject.ts';
export {
  type ConformanceCheck,
  type ConformanceResult,
  runConformance,
} from './conformance/conformance-check.ts';
export {
  describeExecutionEngine,
  type ExecutionEngineSuiteOptions,
  executionEngineChecks,
} from './conformance/describe-execution-engine.ts';
export { describeHandoffAgent, handoffAgentChecks } from './conformance/describe-handoff-agent.ts';
export {
  describeHandoffStore,
  type HandoffStoreSuiteOptions,
  handoffStoreChecks,
} from './conformance/describe-handoff-store.ts';
export type { EngineSubject } from './conformance/engine-subject.ts';
export { modelOfDouble } from './conformance/model-of-double.ts';
export type { StoreSubject } from './conformance/store-subject.ts';
