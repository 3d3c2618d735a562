import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readUIMessageStream, type UIMessage } from 'ai';
import { expect, test, vi } from 'vitest';
import { ModelServer } from './model-server.ts';
import { tokens } from './suite/request.ts';

const handsOn = (name: string, id = 'c1') => ({
  toolCalls: [{ id, name, arguments: '{"task":"Refund invoice 7."}' }],
});

test('the code of the README runs as it is printed', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const code = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join('\n');
  const server = new ModelServer();
  await server.start();
  server.script([
    handsOn('ask_billing'),
    { content: 'Refunded.' },
    { content: 'Billing has refunded it.' },
    handsOn('transfer_to_billing'),
    { content: 'Refunded again.' },
    { content: 'Settled.', ...tokens(10, 3) },
  ]);
  vi.stubEnv('OPENAI_BASE_URL', server.baseURL);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    await writeFile(
      join(folder, 'readme.ts'),
      `${code}\nexport { answering, chat, respond, shop };\n`,
    );
    const { answering, chat, respond, shop } = await import(join(folder, 'readme.ts'));
    expect(printed.mock.calls).toEqual([
      ['Billing has refunded it.'],
      [['billing: completed']],
      ['billing', 'Refunded again.'],
      ['Settled.'],
    ]);
    expect(server.bodies.at(-1)).toMatchObject({
      model: 'my-model',
      temperature: 0.2,
      max_tokens: 2000,
    });

    const messages = [{ role: 'user', content: 'Invoice 7 was charged twice.' }];
    server.script([handsOn('transfer_to_billing'), { content: 'Refunded.' }]);
    let shown: UIMessage | undefined;
    for await (const seen of readUIMessageStream({ stream: respond(messages) })) shown = seen;
    expect(shown?.parts.at(-1)).toMatchObject({ type: 'text', text: 'Refunded.' });

    server.script([handsOn('transfer_to_refunds'), { content: 'Refunded.' }]);
    expect(await chat(messages).text).toBe('Refunded.');
    expect(await shop.history()).toHaveLength(2);

    server.script([{ content: 'Watched.', ...tokens(1200, 34) }]);
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
