import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const instant = `const model: HandoffModel = {
  generate: async () => ({
    status: 'completed',
    output: 'Corrected.',
    messages: [],
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  }),
};`;

test('the code of the README runs as it is printed, but for the model and the folder', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const code = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join('\n');
  const declared = /declare const model: HandoffModel;.*\n/;
  expect(code).toMatch(declared);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  const there = code
    .replace(declared, `${instant}\n`)
    .replaceAll(/'(handoffs|backup)\.db'/g, (_, name) =>
      JSON.stringify(join(folder, `${name}.db`)),
    );
  try {
    await writeFile(join(folder, 'readme.ts'), `${there}\nexport { store };\n`);
    const { store } = await import(join(folder, 'readme.ts'));
    store.close();
    expect(printed.mock.calls).toEqual([['completed', true], [1], [0]]);
  } finally {
    printed.mockRestore();
    await rm(folder, { recursive: true });
  }
});
