import { createHandoffAgent } from '@agent-handoff/core';
import { describeHandoffAgent } from './describe-handoff-agent.ts';
import { modelOfDouble } from './model-of-double.ts';

describeHandoffAgent('createHandoffAgent', (model) =>
  createHandoffAgent({ id: 'subject', model: modelOfDouble(model) }),
);
