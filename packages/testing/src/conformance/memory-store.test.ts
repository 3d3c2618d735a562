import { type HandoffStore, memoryStore } from '@agent-handoff/core';
import { describeHandoffStore } from './describe-handoff-store.ts';

describeHandoffStore('memoryStore', () => memoryStore());
describeHandoffStore('memoryStore through two connections', () => memoryStore(), {
  connect: (store) => store,
  reopen: (store) => store,
  close: () => {},
});
describeHandoffStore('memoryStore without threads', withoutThreads, { threads: false });

function withoutThreads(): HandoffStore {
  const store = memoryStore();
  return new Proxy(store, {
    get(target, name) {
      if (name === 'threads') return undefined;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
