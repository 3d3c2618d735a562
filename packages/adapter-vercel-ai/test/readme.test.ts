import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ModelServer } from './model-server.ts';
import { tokens } from './suite/request.ts';

test('the code of the README runs as it is printed', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const code = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join('\n');
  const server = new ModelServer();
  await server.start();
  server.script([
    { content: 'Refunded.', ...tokens(10, 3) },
    { content: 'Watched.', ...tokens(1200, 34) },
  ]);
  vi.stubEnv('OPENAI_BASE_URL', server.baseURL);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    await writeFile(join(folder, 'readme.ts'), `${code}\nexport { answering, billing };\n`);
    const { answering } = await import(join(folder, 'readme.ts'));
    expect(printed.mock.calls).toEqual([['Refunded.']]);
    const [body] = server.bodies;
    expect(body).toMatchObject({ model: 'my-model', temperature: 0.2, max_tokens: 2000 });
    expect(JSON.stringify(body?.messages)).toContain('Invoice 7 was charged twice.');

    const { createHandoffContext } = await import('@agent-handoff/core');
    await answering.receiveHandoff(
      createHandoffContext({
        sourceAgentId: 'user',
        targetAgentId: answering.id,
        originalTask: 'Again.',
      }),
    );
    expect(printed.mock.calls.at(-1)?.[0]).toMatch(/^my-model: \d\.\d s, 1200 -> 34 tokens$/);
  } finally {
    printed.mockRestore();
    vi.unstubAllEnvs();
    await Promise.all([server.stop(), rm(folder, { recursive: true })]);
  }
});
