import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ModelServer } from './model-server.ts';
import { tokens } from './suite/request.ts';

const packageFolder = join(import.meta.dirname, '..');
const server = new ModelServer();
/** Inside the package, so that imports are resolved as a reader's would be. */
let folder = '';
let printed: unknown[] = [];

beforeAll(async () => {
  await server.start();
  vi.stubEnv('OPENAI_BASE_URL', server.baseURL);
  vi.stubEnv('OPENAI_API_KEY', 'none');
  vi.spyOn(console, 'log').mockImplementation((...line) => printed.push(...line));
  folder = await mkdtemp(join(import.meta.dirname, 'pages-'));
  const docs = (await readdir(join(packageFolder, 'docs'))).map((name) => `docs/${name}`);
  for (const page of ['README.md', ...docs]) {
    const text = await readFile(join(packageFolder, page), 'utf8');
    const code = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join('\n');
    await writeFile(join(folder, `${basename(page, '.md').toLowerCase()}.ts`), code);
  }
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all([server.stop(), rm(folder, { recursive: true })]);
});
beforeEach(() => {
  printed = [];
});

const handsOn = (name: string, input: object = { task: 'Refund invoice 7.' }) => ({
  toolCalls: [{ id: crypto.randomUUID(), name, arguments: JSON.stringify(input) }],
});
const run = (page: string) => import(join(folder, `${page}.ts`));
const said = [{ role: 'user', content: 'Invoice 7 was charged twice.' }];
const shown: UIMessage[] = [
  { id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Invoice 7 was charged twice.' }] },
];
async function lastMessage(stream: ReadableStream<UIMessageChunk>): Promise<UIMessage | undefined> {
  let last: UIMessage | undefined;
  for await (const seen of readUIMessageStream({ stream })) last = seen;
  return last;
}

test('the code of every page is what the compiler accepts', async () => {
  const tsconfig = join(folder, 'tsconfig.json');
  await writeFile(
    tsconfig,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: {
        noUnusedLocals: false,
        declaration: false,
        declarationMap: false,
        lib: ['ES2024', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
      },
      include: ['*.ts'],
    }),
  );
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [
    tsc,
    '--noEmit',
    '-p',
    tsconfig,
  ]).catch((thrown: { stdout: string }) => thrown);
  expect(stdout).toBe('');
});

test('README', async () => {
  server.script([handsOn('ask_billing'), { content: 'Refunded.' }, { content: 'It is refunded.' }]);
  await run('readme');
  expect(printed).toEqual(['It is refunded.', ['billing: completed']]);
});

test('receive handoffs', async () => {
  const verdict = { content: '{"refund":true,"euros":40}', ...tokens(10, 3) };
  server.script([verdict, handsOn('transfer_to_judge'), verdict]);
  await run('receive-handoffs');
  expect(printed).toEqual([40, 13, 'judge', '{"refund":true,"euros":40}']);
});

test('ask another agent', async () => {
  server.script([handsOn('ask_research'), { content: 'LED.' }, { content: 'An LED lamp.' }]);
  await run('ask-another-agent');
  expect(printed.slice(-2)).toEqual(['answered', 'An LED lamp.']);
  expect(printed).toContain('working');
});

test('give the conversation away', async () => {
  const { chat, respond } = await run('give-the-conversation-away');
  server.script([handsOn('transfer_to_billing'), { content: 'Refunded.' }]);
  expect((await lastMessage(respond(said)))?.parts.at(-1)).toMatchObject({ text: 'Refunded.' });
  server.script([handsOn('transfer_to_refunds'), { content: 'Refunded.' }]);
  expect(await chat(said).text).toBe('Refunded.');
  expect(server.bodies.map(({ model }) => model)).toEqual(['small-model', 'large-model']);
});

test('approvals', async () => {
  server.script([handsOn('pay', { euros: 7 }), { content: 'Paid.' }]);
  const { respond } = await run('approvals');
  expect(printed).toEqual(['awaiting-approval', 'Paid.']);
  server.script([handsOn('ask_bank')]);
  const asked = await lastMessage(await respond(shown, 'ada'));
  expect(asked?.parts.at(-1)).toMatchObject({ state: 'approval-requested' });
});

test('show it in React', async () => {
  const { POST } = await run('show-it-in-react');
  const post = (messages: unknown): Promise<Response> =>
    POST(new Request('http://chat.test', { method: 'POST', body: JSON.stringify({ messages }) }));
  server.script([handsOn('transfer_to_billing'), { content: 'Refunded.' }]);
  const wire = await (await post(shown)).text();
  expect(wire).toContain('"type":"data-handoff"');
  expect(wire).toContain('Refunded.');
  expect((await post('none')).status).toBe(400);
});

test('messages', async () => {
  await run('messages');
  expect(printed).toEqual([1, 3, 'user']);
});

test('models', async () => {
  server.script([{ content: 'Settled.', ...tokens(1200, 34) }]);
  await run('models');
  expect(printed[0]).toMatch(/^my-model: \d\.\d s, 1200 -> 34 tokens$/);
  expect(printed[1]).toBe('Settled.');
  expect(server.bodies[0]).toMatchObject({ temperature: 0.2, max_tokens: 2000 });
});

test('from a subagent tool', async () => {
  const script = [handsOn('ask_research'), { content: 'LED.' }, { content: 'An LED lamp.' }];
  server.script([...script, ...script]);
  await run('from-a-subagent-tool');
  expect(printed).toEqual(['An LED lamp.', 'An LED lamp.', 1]);
});
