import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ModelServer } from './model-server.ts';
import { tokens } from './suite/request.ts';

test('the example of the project README runs as it is printed', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(13);
  const server = new ModelServer();
  await server.start();
  server.script([
    { content: 'This is a question for billing.', ...tokens(10, 3) },
    { content: 'The second charge was returned.', ...tokens(20, 6) },
  ]);
  vi.stubEnv('OPENAI_BASE_URL', server.baseURL);
  vi.stubEnv('OPENAI_API_KEY', 'none');
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    await writeFile(join(folder, 'example.ts'), code);
    await import(join(folder, 'example.ts'));
    expect(printed.mock.calls).toEqual([['The second charge was returned.'], [true]]);
    expect(server.requests).toHaveLength(2);
    // The second agent was told what the first one found.
    expect(JSON.stringify(server.requests[1]?.body)).toContain('This is a question for billing.');
  } finally {
    printed.mockRestore();
    vi.unstubAllEnvs();
    await Promise.all([server.stop(), rm(folder, { recursive: true })]);
  }
});
