import { describeHandoffStore } from '@agent-handoff/testing/conformance';
import { afterAll } from 'vitest';
import { StoreProcess } from '../test/remote-store.ts';
import { temporaryFiles } from '../test/temporary-files.ts';
import { type SqliteStore, sqliteStore } from './sqlite-store.ts';

const files = temporaryFiles();
const paths = new WeakMap<object, string>();
const pathOf = (store: object): string => paths.get(store) ?? '';

/** A store on a file, or on a new one. */
function open(path = files.next()): SqliteStore {
  const store = sqliteStore({ path, watchIntervalMs: 2 });
  paths.set(store, path);
  return store;
}

const isOwn = (store: object): store is SqliteStore => paths.has(store);
const close = (store: object): void => {
  if (isOwn(store)) store.close();
};

describeHandoffStore('sqliteStore', () => open(), {
  connect: (store) => open(pathOf(store)),
  reopen: (store) => {
    close(store);
    return open(pathOf(store));
  },
  close,
});

const other = new StoreProcess();
afterAll(() => other.end());

describeHandoffStore('sqliteStore beside another process', () => open(), {
  connect: (store) => other.store(pathOf(store)),
  close,
});
