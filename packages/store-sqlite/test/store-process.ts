import type { HandoffStore, ThreadStore } from '@agent-handoff/core/store';
import { type SqliteStore, sqliteStore } from '../src/index.ts';

/** What can be asked of the other process: all but to watch. */
export type Method = Exclude<keyof HandoffStore, 'threads' | 'watch'> | keyof ThreadStore;

/** One call of a store in the other process. */
export interface Call {
  readonly id: number;
  readonly path: string;
  readonly method: Method;
  readonly input: readonly unknown[];
}

/** What came of it. */
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

// Another process on the same files: does what its parent calls.
const stores = new Map<string, SqliteStore>();

function storeOn(path: string): SqliteStore {
  const store = stores.get(path) ?? sqliteStore({ path });
  stores.set(path, store);
  return store;
}

async function answer({ path, method, input }: Call): Promise<unknown> {
  const store = storeOn(path);
  const [first, second, third, fourth] = input as [never, never, never, never];
  switch (method) {
    case 'append':
      return store.append(first, second, third, fourth);
    case 'readTask':
      return store.readTask(first);
    case 'findTask':
      return store.findTask(first);
    case 'readBodies':
      return store.readBodies(first, second);
    case 'query':
      return store.query(first);
    case 'prune':
      return store.prune(first);
    case 'readThread':
      return store.threads.readThread(first);
    case 'writeThread':
      return store.threads.writeThread(first, second, third);
    case 'deleteThread':
      return store.threads.deleteThread(first);
  }
}

process.on('message', (call: Call) => {
  answer(call).then(
    (value) => process.send?.({ id: call.id, value } satisfies Reply),
    (error: unknown) => process.send?.({ id: call.id, error: String(error) } satisfies Reply),
  );
});
