import { createPersonAgent } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { afterEach, expect, it } from 'vitest';
import { answeredAsDescribed, apiDescription, check } from './api-description.ts';
import { type Desk, desk } from './desk.ts';

let open: Desk | undefined;
afterEach(() => open?.close());
const openDesk = async (): Promise<Desk> => {
  const agents = [
    scriptedAgent({ id: 'billing', replies: 'Refunded.' }),
    createPersonAgent({ id: 'lead' }),
  ];
  open = await desk(agents, { authorize: () => true });
  return open;
};

it('every address takes the methods that are described, and no others', async () => {
  const { ask } = await openDesk();
  for (const [path, operations] of Object.entries(apiDescription.paths)) {
    const response = await ask(path.replace('{id}', 'x'), { method: 'OPTIONS' });
    const allowed = (response.headers.get('allow') ?? '').toLowerCase().split(', ');
    const methods = Object.keys(operations).filter((name) => name !== 'parameters');
    const expected = [...methods, ...(methods.includes('get') ? ['head'] : []), 'options'];
    expect(allowed.toSorted()).toEqual(expected.toSorted());
  }
});

it('every good answer that is described is given, as it is described', async () => {
  const { ask, post } = await openDesk();
  const send = (path: string, body: object, headers: object = {}): Promise<Response> =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const wait = { prefer: 'wait' };
  const stream = { accept: 'text/event-stream' };
  const work = { target: 'billing', task: 'Refund order 1182' };
  const { handoffId: id } = (await (await post(work, wait)).json()) as { handoffId: string };
  const ask2 = { target: 'lead', task: 'May we?' };
  const { handoffId: waiting } = (await (await post(ask2, wait)).json()) as { handoffId: string };
  await post(work);
  await (await post(work, stream)).text();
  await ask(`/handoffs/${id}`);
  await ask(`/handoffs/${id}/custody`);
  await (await ask(`/handoffs/${id}/events`)).text();
  await ask(`/handoffs/${id}/cancel`, { method: 'POST' });
  await ask('/pending');
  await send(`/handoffs/${waiting}/resume`, { type: 'answer', output: 'Yes.' });
  const run = await send('/runs', { entry: 'billing', input: 'Hello', threadId: 't-1' }, wait);
  const { runId } = (await run.json()) as { runId: string };
  await send('/runs', { entry: 'lead', input: 'Hello' }, wait);
  await (await send('/runs', { entry: 'billing', input: 'Hello' }, stream)).text();
  await ask(`/runs/${runId}`);
  await (await ask(`/runs/${runId}/events`)).text();
  await ask(`/runs/${runId}/cancel`, { method: 'POST' });
  await ask('/threads/t-1');
  await ask('/threads/t-1', { method: 'DELETE' });
  const described = Object.entries(apiDescription.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => method !== 'parameters')
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  const given = [...answeredAsDescribed];
  expect(described.filter((each) => !given.some((one) => one.startsWith(`${each} 2`)))).toEqual([]);
  expect(given).toContain('POST /handoffs 202');
  expect(given).toContain('POST /runs 202');
});

it('what the routes take is what is described, and what they refuse is not', async () => {
  const { post } = await openDesk();
  const schema = { $ref: '#/components/schemas/HandoffRequest' };
  const whole = {
    target: 'billing',
    task: 'x',
    reason: 'delegation',
    findings: { a: 1 },
    instructions: 'i',
    payload: [1],
    scope: ['a'],
    deadlineAt: '2126-01-01T00:00:00Z',
    metadata: {},
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    limits: { maxTokens: 7 },
  };
  check(schema, whole, 'a handoff');
  expect((await post(whole)).status).toBe(202);
  for (const wrong of [{}, { ...whole, source: 'x' }, { ...whole, limits: { maxTokens: 0 } }]) {
    expect(() => check(schema, wrong, 'a handoff')).toThrow(/not as described/);
    expect((await post(wrong)).status).toBe(400);
  }
});
