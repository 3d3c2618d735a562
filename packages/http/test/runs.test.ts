import { type HandoffAgent, memoryStore, type ReceiveOptions } from '@agent-handoff/core';
import { scriptedAgent, untilAborted } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunEntry } from '../src/index.ts';
import { type Desk, desk } from './desk.ts';
import { readEvents } from './server-sent-events.ts';

const open: Desk[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Hands the conversation on to `to` whenever it is asked. */
const transfers = (id: string, to: string): HandoffAgent => ({
  id,
  name: id,
  canTransferTo: [to],
  async receiveHandoff(_context, { tools = [], signal }: ReceiveOptions = {}) {
    const tool = tools.find(({ name }) => name === `transfer_to_${to}`);
    const call = { toolCallId: 'c1', signal: signal as AbortSignal };
    const said = await tool?.execute({ task: 'Look at it' }, call);
    return { status: 'completed', output: String(said?.output ?? '') };
  },
});

const openDesk = async (
  replies: Parameters<typeof scriptedAgent>[0]['replies'] = ['Refunded.', 'Again.', 'Bye.'],
  options: Parameters<typeof desk>[1] = {},
) => {
  const billing = scriptedAgent({ id: 'billing', replies });
  const opened = await desk([transfers('triage', 'billing'), billing], options);
  open.push(opened);
  const run = (body: object, headers = {}, as = 'ada'): Promise<Response> =>
    opened.ask('/runs', {
      as,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ entry: 'triage', ...body }),
    });
  return { ...opened, billing, run };
};
const wait = { prefer: 'wait' };
const entryOf = async (response: Response): Promise<RunEntry> =>
  (await response.json()) as RunEntry;

describe('POST /runs', () => {
  it('goes from agent to agent, and answers with the result and who has the conversation', async () => {
    const there = await openDesk();
    const response = await there.run({ input: 'Invoice 7 was charged twice.' }, wait);
    expect(response.status).toBe(200);
    const entry = await entryOf(response);
    expect(entry).toMatchObject({
      status: 'completed',
      activeAgentId: 'billing',
      result: { output: 'Refunded.', targetAgentId: 'billing' },
    });
    expect(entry.handoffIds).toHaveLength(2);
    expect(response.headers.get('location')).toBe(`${there.url}/agents/runs/${entry.runId}`);
    expect(await entryOf(await there.ask(`/runs/${entry.runId}`))).toEqual(entry);
    expect(there.faults).toEqual([]);
  });

  it('answers 202 at once, and cancelling ends whichever agent works', async () => {
    const there = await openDesk(untilAborted);
    const response = await there.run({ input: 'x' });
    expect(response.status).toBe(202);
    const { runId } = await entryOf(response);
    await expect.poll(() => there.billing.received.length).toBe(1);
    expect(await entryOf(await there.ask(`/runs/${runId}`))).toMatchObject({
      status: 'running',
      activeAgentId: 'triage',
    });
    const cancelled = await there.ask(`/runs/${runId}/cancel`, { method: 'POST' });
    expect([cancelled.status, await cancelled.json()]).toMatchObject([
      200,
      { status: 'cancelled', result: { error: { code: 'CANCELLED' } } },
    ]);
    await expect.poll(() => there.billing.received[0]?.options.signal?.aborted).toBe(true);
    const again = await there.ask(`/runs/${runId}/cancel`, { method: 'POST' });
    expect(await again.json()).toMatchObject({ status: 'cancelled' });
  });

  it('streams the whole run, and tells it again from any place', async () => {
    const there = await openDesk();
    const response = await there.run({ input: 'x' }, { accept: 'text/event-stream' });
    const events = await readEvents(response);
    const types = events.map(({ type }) => type);
    expect(types).toEqual([
      'requested',
      'accepted',
      'completed',
      'requested',
      'accepted',
      'output-delta',
      'completed',
      'task-finished',
      'result',
    ]);
    expect(events.at(-1)).toMatchObject({
      activeAgentId: 'billing',
      result: { output: 'Refunded.' },
      used: { handoffs: 2 },
    });
    const at = response.headers.get('location')?.split('/agents')[1];
    const from = (id: string) => there.ask(`${at}/events`, { headers: { 'last-event-id': id } });
    for (const [id, left] of [
      ['0', types.filter((type) => type !== 'output-delta')],
      ['3', ['requested', 'accepted', 'completed', 'task-finished', 'result']],
      ['6', ['result']],
    ] as const) {
      const told = await readEvents(await from(id));
      expect(told.map(({ type }) => type).filter((type) => type !== 'gap')).toEqual(left);
      expect(told.at(-1)).toEqual(events.at(-1));
    }
  });

  it.each<[string, object, number]>([
    ['no entry', { entry: undefined, input: 'x' }, 400],
    ['no input', {}, 400],
    ['an unknown entry', { entry: 'nobody', input: 'x' }, 404],
    ['an unknown field', { input: 'x', source: 'triage' }, 400],
    ['a thread that is none', { input: 'x', threadId: 'a b' }, 400],
    ['a thread that is too long', { input: 'x', threadId: 'a'.repeat(96) }, 400],
    ['an unknown afterTurn', { input: 'x', afterTurn: 'leave' }, 400],
  ])('refuses %s', async (_name, body, status) => {
    const there = await openDesk();
    const response = await there.run(body);
    expect([response.status, await response.json()]).toMatchObject([status, { status }]);
    expect(await there.manager.history()).toEqual([]);
    expect(there.faults).toEqual([]);
  });

  it('answers a run that did not complete as a problem', async () => {
    const there = await openDesk(new Error('out of order'));
    const response = await there.run({ input: 'x' }, wait);
    expect([response.status, await response.json()]).toMatchObject([502, { code: 'AGENT_FAILED' }]);
  });

  it('is one run under one Idempotency-Key', async () => {
    const there = await openDesk();
    const key = { 'idempotency-key': 'turn-1', ...wait };
    const answers = await Promise.all([1, 2, 3].map(() => there.run({ input: 'x' }, key)));
    const ids = await Promise.all(answers.map(async (answer) => (await entryOf(answer)).runId));
    expect(new Set(ids).size).toBe(1);
    expect(there.billing.received).toHaveLength(1);
  });

  it('of a stranger is not there', async () => {
    const there = await openDesk();
    const { runId } = await entryOf(await there.run({ input: 'x' }, wait));
    for (const path of ['', '/events']) {
      expect((await there.ask(`/runs/${runId}${path}`, { as: 'eve' })).status).toBe(404);
    }
    const cancel = await there.ask(`/runs/${runId}/cancel`, { as: 'eve', method: 'POST' });
    expect(cancel.status).toBe(404);
    const single = await there.post({ target: 'billing', task: 'x' }, wait);
    const { handoffId } = (await single.json()) as { handoffId: string };
    expect((await there.ask(`/runs/${handoffId}`)).status).toBe(404);
  });
});

describe('a conversation over HTTP', () => {
  it('goes on with whoever is active, in another process too', async () => {
    const store = memoryStore();
    const first = await openDesk(undefined, { manage: { store } });
    const second = await openDesk(['Yes, twice.'], { manage: { store } });
    const one = await entryOf(await first.run({ input: 'Charged twice.', threadId: 't-1' }, wait));
    expect(one).toMatchObject({ threadId: 't-1', activeAgentId: 'billing' });
    const two = await entryOf(await second.run({ input: 'Really?', threadId: 't-1' }, wait));
    expect(two).toMatchObject({ activeAgentId: 'billing', result: { output: 'Yes, twice.' } });
    expect(two.handoffIds).toHaveLength(1);
    const [received] = second.billing.received;
    expect(JSON.stringify(received?.context.keyMessages)).toContain('Charged twice.');
    const thread = await second.ask('/threads/t-1');
    expect(await thread.json()).toMatchObject({ threadId: 't-1', activeAgentId: 'billing' });
    const { handoffIds } = two;
    expect(await (await second.ask(`/handoffs/${handoffIds[0]}`)).json()).toMatchObject({
      threadId: 't-1',
    });
  });

  it('goes back to whoever had it first, where that is asked for', async () => {
    const there = await openDesk();
    const turn = { input: 'x', threadId: 't-1', afterTurn: 'return' };
    expect(await entryOf(await there.run(turn, wait))).toMatchObject({ activeAgentId: 'triage' });
    expect(await (await there.ask('/threads/t-1')).json()).toMatchObject({
      activeAgentId: 'triage',
    });
  });

  it('is nobody else’s, although it has the same id', async () => {
    const there = await openDesk();
    await there.run({ input: 'My secret is 7.', threadId: 't-1' }, wait);
    expect((await there.ask('/threads/t-1', { as: 'eve' })).status).toBe(404);
    const theirs = await there.run({ input: 'What was it?', threadId: 't-1' }, wait, 'eve');
    expect((await entryOf(theirs)).handoffIds).toHaveLength(2);
    expect(JSON.stringify(there.billing.received[1]?.context)).not.toContain('secret');
    const stolen = (await there.manager.history())[0]?.threadId ?? '';
    expect((await there.ask(`/threads/${stolen.slice(0, 95)}`, { as: 'eve' })).status).toBe(404);
    expect((await there.ask('/threads/t-1', { as: 'eve', method: 'DELETE' })).status).toBe(204);
    expect((await there.ask('/threads/t-1')).status).toBe(200);
  });

  it('is forgotten when it is deleted', async () => {
    const there = await openDesk();
    await there.run({ input: 'x', threadId: 't-1' }, wait);
    expect((await there.ask('/threads/t-1', { method: 'DELETE' })).status).toBe(204);
    expect((await there.ask('/threads/t-1', { method: 'DELETE' })).status).toBe(404);
    const { handoffIds } = await entryOf(await there.run({ input: 'x', threadId: 't-1' }, wait));
    expect(handoffIds).toHaveLength(2);
  });

  it('asks authorize about the agent that gets the turn', async () => {
    const asked: string[] = [];
    const there = await openDesk(undefined, {
      authorize: ({ action, targetAgentId }) => {
        asked.push(`${action} ${targetAgentId}`);
        return action !== 'delete' && asked.length < 4;
      },
    });
    await there.run({ input: 'x', threadId: 't-1' }, wait);
    await there.run({ input: 'x', threadId: 't-1' }, wait);
    await there.ask('/threads/t-1');
    expect((await there.run({ input: 'x', threadId: 't-1' }, wait)).status).toBe(403);
    expect((await there.ask('/threads/t-1', { method: 'DELETE' })).status).toBe(404);
    expect(asked).toEqual([
      'create triage',
      'create billing',
      'read billing',
      'create billing',
      'delete billing',
    ]);
  });
});
