import { describeHandoffStore } from '@agent-handoff/testing/conformance';
import { temporaryFiles } from '../test/temporary-files.ts';
import { type SqliteStore, sqliteStore } from './sqlite-store.ts';

const files = temporaryFiles();
const paths = new WeakMap<object, string>();

/** A store on a file, or on a new one. */
function open(path = files.next()): SqliteStore {
  const store = sqliteStore({ path, watchIntervalMs: 2 });
  paths.set(store, path);
  return store;
}

describeHandoffStore('sqliteStore', () => open(), {
  connect: (store) => open(paths.get(store)),
  reopen: (store) => {
    (store as SqliteStore).close();
    return open(paths.get(store));
  },
  close: (store) => (store as SqliteStore).close(),
});
