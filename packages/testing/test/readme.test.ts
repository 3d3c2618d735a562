import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

// Inside the package, so that its imports are resolved as a reader's would be.
const folder = mkdtempSync(join(import.meta.dirname, 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const blocks = [...readme.matchAll(/## ([^\n]*)\n[^#]*?```ts\n(.*?)```/gs)].map(
  ([, title = '', code = '']) => ({ title, code }),
);

/** Runs the code of a section as it is printed, and gives the values of these names. */
async function run(title: string, ...names: readonly string[]) {
  const code = blocks.find((block) => block.title === title)?.code;
  expect(code, `the section "${title}"`).toBeDefined();
  const file = join(folder, `${title.toLowerCase().replaceAll(' ', '-')}.ts`);
  writeFileSync(file, `${code}\nexport { ${names.join(', ')} };\n`);
  return import(file);
}

test('usage', async () => {
  const { result, model, triage } = await run('Usage', 'result', 'model', 'triage');
  expect(result).toMatchObject({ output: 'It is on shelf 3.', handoffId: 'handoff-1' });
  expect(model.requests).toHaveLength(1);
  expect(model.left).toBe(0);
  expect(triage.received).toEqual([]);
});

test('time', async () => {
  const { clock, fired } = await run('Time', 'clock', 'fired');
  expect(fired).toEqual([1_000]);
  expect(clock.pending).toBe(0);
});

test('transcripts', async () => {
  const { problems } = await run('Transcripts', 'problems');
  expect(problems[0]).toMatchObject({ kind: 'orphan-result', index: 1 });
});

test('requests', async () => {
  const { refused } = await run('Requests', 'refused');
  expect(refused).toMatchObject([
    {
      param: 'messages.1',
      message: expect.stringMatching(/^messages\.1: `tool_use` ids were found/),
    },
  ]);
});

test('a model server', async () => {
  const { requests, problems, response } = await run(
    'A model server',
    'requests',
    'problems',
    'response',
  );
  expect(requests).toMatchObject([{ api: 'openai-chat', problems: [] }]);
  expect(problems).toEqual([]);
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Seen 1' } }] });
});

describe('conformance', async () => {
  await run('Conformance');
});

test('nothing in the README stays unrun', () => {
  expect(blocks.map(({ title }) => title)).toEqual([
    'Usage',
    'Time',
    'Transcripts',
    'Requests',
    'A model server',
    'Conformance',
  ]);
  expect(readme.split('```ts')).toHaveLength(blocks.length + 1);
});
