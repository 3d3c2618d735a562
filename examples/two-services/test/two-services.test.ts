import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the story of two services holds', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, '../src/main.ts'),
  ]);
  expect(stdout).toContain('billing said: Order 1182 is refunded.');
  expect(stdout).toContain('And 1184. -> billing, after 1 handoffs: Order 1184 is refunded.');
  expect(stdout).toContain('two services: all as it should be');
});
