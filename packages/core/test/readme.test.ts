import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

/** Calls the first handoff tool that it is offered; else it answers from what it is shown. */
const instant = `const model: HandoffModel = {
  generate: async ({ messages, tools: [tool], signal }) => {
    const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
    if (tool?.name.startsWith('transfer_to_')) {
      const { output } = await tool.execute({}, { toolCallId: 'c1', signal });
      const call = { type: 'tool_call', id: 'c1', name: tool.name, arguments: {} };
      const result = { type: 'tool_call_response', id: 'c1', response: output };
      const added = [
        { role: 'assistant', parts: [call] },
        { role: 'tool', parts: [result] },
      ];
      return { status: 'completed', output: '', messages: added, usage };
    }
    if (tool?.name === 'find_order') {
      const { output } = await tool.execute({ order: 7 }, { toolCallId: 'c1', signal });
      return { status: 'completed', output, messages: [], usage };
    }
    const knows = JSON.stringify(messages).includes('invoice 7');
    return { status: 'completed', output: knows ? 'Returned.' : 'For billing.', messages: [], usage };
  },
};`;

const declared = /declare const model: HandoffModel;.*\n/;
const fromAdapter = /const model = aiSdkModel.*\n/;

test('the code of the README runs as it is printed, but for the model', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  expect(blocks).toHaveLength(6);
  expect(blocks[0]).toMatch(fromAdapter);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  // Inside the package, so that its imports are resolved as a reader's would be.
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  try {
    for (const [index, code] of blocks.entries()) {
      const file = join(folder, `readme-${index}.ts`);
      const own = code.replace(/^import .*(?:adapter-vercel-ai|@ai-sdk).*\n/gm, '');
      await writeFile(file, own.replace(declared, `${instant}\n`).replace(fromAdapter, instant));
      await import(file);
    }
    expect(printed.mock.calls).toEqual([
      ['Returned.', { billing: 'Returned.', triage: 'For billing.' }],
      ['Refund order 7: booked. Order 7 is a lamp.'],
      ['billing', 2],
      ['Returned.', 1],
      ['billing'],
      [['billing', 'shipping'], 2],
      [1, 2],
      ['triage', expect.stringContaining('|"3. completion"|')],
      ['Returned.'],
      ['Up to 500.'],
      [2, expect.stringContaining('- **charged:** 3 May, twice')],
    ]);
  } finally {
    printed.mockRestore();
    await rm(folder, { recursive: true });
  }
});
