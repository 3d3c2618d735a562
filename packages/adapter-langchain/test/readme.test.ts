import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Answer, calls, ScriptedServer } from './scripted-server.ts';

/** What the models answer to the programs of each page, and what the programs print. */
const pages: Record<
  string,
  readonly { readonly script: readonly Answer[]; readonly prints: string[] }[]
> = {
  'README.md': [
    { script: [{ content: 'Order 7 is refunded.' }], prints: ['Order 7 is refunded.'] },
    {
      script: [
        calls('o', ['find_order', { order: 7 }]),
        calls('t', ['transfer_to_billing', { task: 'Refund order 7' }]),
        { content: 'Half of it is on its way back.' },
      ],
      prints: ['billing', 'Half of it is on its way back.'],
    },
    {
      script: [
        calls('a', ['delegate_to_billing', { task: 'Find the refund' }]),
        { content: 'On its way.' },
        { content: 'Your refund is on its way.' },
      ],
      prints: ['Your refund is on its way.'],
    },
    {
      script: [
        calls('b', ['transfer_to_billing', { task: 'Refund order 8' }]),
        { content: 'Order 8 is refunded.' },
      ],
      prints: ['Order 8 is refunded.'],
    },
    { script: [{ content: 'Order 9 is refunded.' }], prints: ['Order 9 is refunded.'] },
    { script: [{ content: 'Order 10 is refunded.' }], prints: ['Order 10 is refunded.'] },
  ],
  'docs/from-langgraph-swarm.md': [
    {
      script: [
        calls('a', ['transfer_to_bob', { task: 'Talk' }]),
        { content: 'Ahoy!' },
        { content: 'I am Bob.' },
      ],
      prints: ['bob', 'Ahoy!', 'bob', 'I am Bob.'],
    },
    {
      script: [
        calls('a', ['delegate_to_math', { task: 'Add 5 and 7' }]),
        { content: '12' },
        { content: 'It is 12.' },
      ],
      prints: ['It is 12.'],
    },
  ],
};

const server = new ScriptedServer();
// Inside the package, so that its imports are resolved as a reader's would be.
let folder: string;
beforeAll(async () => {
  await server.start();
  folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  vi.stubEnv('OPENAI_BASE_URL', server.url);
  vi.stubEnv('OPENAI_API_KEY', 'none');
});
afterEach(() => expect(server.problems).toEqual([]));
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([server.stop(), rm(folder, { recursive: true })]);
});

for (const [page, expected] of Object.entries(pages)) {
  describe(`the programs of ${page} run as they are printed`, async () => {
    const text = await readFile(join(import.meta.dirname, '..', page), 'utf8');
    const programs = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
    test('each of them', () => expect(programs).toHaveLength(expected.length));

    test.each(expected)('$prints', async ({ script, prints }) => {
      const place = expected.findIndex((each) => each.script === script);
      const model = server.model(script, 'gpt-5-mini');
      const before = server.bodies(model).length;
      const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
      try {
        const file = join(folder, `${page.replaceAll(/\W/g, '-')}-${place}.ts`);
        await writeFile(file, programs[place] ?? '');
        await import(file);
        expect(printed.mock.calls.flat()).toEqual(prints);
        expect(server.bodies(model).length - before).toBe(script.length);
      } finally {
        printed.mockRestore();
      }
    });
  });
}
