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

test('the code of the README runs as it is printed, but for the model', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const declared = /declare const model: HandoffModel;.*\n/;
  expect(code).toMatch(declared);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    await writeFile(join(folder, 'readme.ts'), code.replace(declared, `${instant}\n`));
    await import(join(folder, 'readme.ts'));
    expect(printed.mock.calls).toEqual([
      ['Returned.', { billing: 'Returned.', triage: 'For billing.' }],
    ]);
  } finally {
    printed.mockRestore();
    await rm(folder, { recursive: true });
  }
});
