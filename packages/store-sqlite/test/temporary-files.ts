import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Paths in a folder that is gone after the tests of a file. */
export function temporaryFiles(): { readonly folder: string; next(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'store-sqlite-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let made = 0;
  return { folder, next: () => join(folder, `${++made}.db`) };
}
