import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HandoffStore } from '@agent-handoff/core';
import { afterAll } from 'vitest';
import { describeHandoffStore } from '../src/conformance.ts';
import { fileStore } from './file-store.ts';

const root = mkdtempSync(join(tmpdir(), 'file-store-'));
afterAll(() => rmSync(root, { recursive: true }));

const directories = new Map<HandoffStore, string>();
function open(directory: string): HandoffStore {
  const store = fileStore(directory);
  directories.set(store, directory);
  return store;
}
const again = (store: HandoffStore): HandoffStore => open(directories.get(store) as string);

describeHandoffStore('fileStore', () => open(mkdtempSync(join(root, 'store-'))), {
  threads: false,
  connect: again,
  reopen: again,
});
