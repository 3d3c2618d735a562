export {
  type ConformanceCheck,
  type ConformanceResult,
  runConformance,
} from './conformance/conformance-check.ts';
export {
  describeHandoffStore,
  type HandoffStoreSuiteOptions,
  handoffStoreChecks,
} from './conformance/describe-handoff-store.ts';
export type { StoreSubject } from './conformance/store-subject.ts';
