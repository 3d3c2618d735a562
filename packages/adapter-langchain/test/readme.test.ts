import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { calls, ScriptedServer } from './scripted-server.ts';

test('the code of the README runs as it is printed', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const code = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join('\n');
  const server = new ScriptedServer();
  await server.start();
  const answers = [
    { content: 'Order 7 is refunded.' },
    calls('a', ['delegate_to_billing', { task: 'Find the refund' }]),
    { content: 'On its way.' },
    { content: 'Your refund is on its way.' },
    calls('b', ['transfer_to_billing', { task: 'Refund order 8' }]),
    { content: 'Order 8 is refunded.' },
    { content: 'Order 9 is refunded.' },
    { content: 'Order 10 is refunded.' },
  ];
  const model = server.model(answers, 'my-model');
  vi.stubEnv('OPENAI_BASE_URL', server.url);
  vi.stubEnv('OPENAI_API_KEY', 'none');
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    await writeFile(join(folder, 'readme.ts'), code);
    const { manager } = await import(join(folder, 'readme.ts'));
    expect(printed.mock.calls.flat()).toEqual([
      'Order 7 is refunded.',
      'Your refund is on its way.',
      'Order 8 is refunded.',
      'Order 9 is refunded.',
      'Order 10 is refunded.',
    ]);
    expect(server.bodies(model)).toHaveLength(answers.length);
    expect(server.problems).toEqual([]);
    expect(await manager.history()).toHaveLength(5);
  } finally {
    printed.mockRestore();
    vi.unstubAllEnvs();
    await Promise.all([server.stop(), rm(folder, { recursive: true })]);
  }
});
