import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHandoffManager } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { createHandoffHandler } from '../src/index.ts';
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

test('Hono serves the handler as the README says, by a route and by mount', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const manager = createHandoffManager({
    agents: [scriptedAgent({ id: 'billing', replies: 'Done.' })],
  });
  const options = {
    manager,
    publicUrl: 'http://127.0.0.1/agents',
    authenticate: () => ({ id: 'ada' }),
  };
  const handler = createHandoffHandler(options);
  const routed = new Hono().all('/agents/*', (c) => handler(c.req.raw));
  expect(readme).toContain("`app.all('/agents/*', (c) => handler(c.req.raw))`");
  const mounted = new Hono().mount('/agents', createHandoffHandler({ ...options, basePath: '' }));
  expect(readme).toContain("as `app.mount` of Hono does, say `basePath: ''`");
  for (const app of [routed, mounted]) {
    const response = await app.request('http://127.0.0.1/agents/handoffs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait' },
      body: JSON.stringify({ target: 'billing', task: 'Refund order 1182' }),
    });
    expect(await response.json()).toMatchObject({ output: 'Done.' });
  }
});
