import { memoryStore } from '@agent-handoff/core';
import { describeHandoffStore } from './describe-handoff-store.ts';

describeHandoffStore('memoryStore', () => memoryStore());
describeHandoffStore('memoryStore through two connections', () => memoryStore(), {
  connect: (store) => store,
  reopen: (store) => store,
  close: () => {},
});
