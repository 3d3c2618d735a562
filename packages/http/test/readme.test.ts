import { expect, test } from 'vitest';
import { runPage } from './printed-code.ts';

test('the code and the curl lines of the README run as they are printed, but for the port', async () => {
  const { logged, answers } = await runPage('README.md', 4020);
  expect(logged).toEqual([[['Refund order 1184: done.'], ['completed']]]);
  expect(JSON.parse(answers[0] ?? '')).toMatchObject({ output: 'Refund order 1182: done.' });
  expect(answers[1]).toContain('"output":"Refund order 1183: done."');
  expect(JSON.parse(answers[2] ?? '')).toMatchObject({
    activeAgentId: 'billing',
    threadId: 'support-7',
    result: { output: 'Where is my refund?: done.' },
  });
  expect(JSON.parse(answers[3] ?? '')).toMatchObject({ activeAgentId: 'billing' });
  expect(answers[4]).toMatch(/"status":"awaiting-approval".*"output":"Up to 500\."/s);
});

test('the page on conversations runs as it is printed, but for the port', async () => {
  const { logged, answers } = await runPage('docs/conversations.md', 4022);
  expect(logged).toEqual([
    [
      ['billing, after 2 handoffs'],
      ['billing: You said: My invoice is wrong. It is number 1182.'],
      ['4 messages so far'],
    ],
    [['You said: Refund order 1182. And 1183.']],
  ]);
  expect(answers[0]).toContain('"activeAgentId":"billing"');
  expect(answers[0]).toContain('You said: My invoice is wrong. It is number 1182. Thank you.');
  expect(answers[1]).toBe('204');
});
