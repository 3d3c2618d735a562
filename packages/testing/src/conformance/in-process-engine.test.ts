import { inProcessEngine } from '@agent-handoff/core/engine';
import { describeExecutionEngine } from './describe-execution-engine.ts';

describeExecutionEngine('inProcessEngine', () => inProcessEngine());
