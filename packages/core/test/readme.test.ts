import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const instant = `const model: HandoffModel = {
  generate: async ({ messages }) => ({
    status: 'completed',
    output: JSON.stringify(messages).includes('invoice 7') ? 'Returned.' : 'For billing.',
    messages: [],
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  }),
};`;

const declared = /declare const model: HandoffModel;.*\n/;

test('the code of the README runs as it is printed, but for the model', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  expect(blocks).toHaveLength(2);
  expect(blocks[0]).toMatch(declared);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    for (const [index, code] of blocks.entries()) {
      const file = join(folder, `readme-${index}.ts`);
      await writeFile(file, code.replace(declared, `${instant}\n`));
      await import(file);
    }
    expect(printed.mock.calls).toEqual([
      ['Returned.', { billing: 'Returned.', triage: 'For billing.' }],
      [2, expect.stringContaining('- **charged:** 3 May, twice')],
    ]);
  } finally {
    printed.mockRestore();
    await rm(folder, { recursive: true });
  }
});
