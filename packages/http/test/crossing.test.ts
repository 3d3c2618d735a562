import { createHandoffManager, type HandoffAgent, message } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type Desk, desk, remoteOf } from './desk.ts';
import { rawServer } from './raw-server.ts';

const open: { close(): Promise<void> }[] = [];
const openDesk = async (...options: Parameters<typeof desk>): Promise<Desk> => {
  const opened = await desk(...options);
  open.push(opened);
  return opened;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const task = 'Refund order 1182';
const canary = 'sk-ant-api03-canarycanarycanarycanarycanarycanarycanary';

describe('a secret', () => {
  it('in what is handed on crosses no wire and stands in no answer', async () => {
    const bodies: string[] = [];
    const wire = await rawServer((response, request) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(400).end();
      });
    });
    open.push(wire);
    const here = createHandoffManager({ agents: [remoteOf(wire, { headers: {} })] });
    const said = [message.user(`My key is ${canary}.`)];
    const state = { agentId: 'user', messages: said, toolHistory: [], errors: [canary] };
    await here.executeHandoff({
      target: 'billing',
      task: `${task} with ${canary}`,
      findings: { note: canary, password: 'canary' },
      payload: { deep: [{ token: canary }] },
      instructions: canary,
      metadata: { authorization: canary },
      state: { ...state, iteration: 1, confidence: 0.5 } as never,
      keepMessages: true,
    });
    expect(bodies.length).toBeGreaterThan(0);
    expect(bodies.join()).toContain(task);
    expect(bodies.join()).not.toContain('canary');
  });

  it('in what an agent answers, or fails with, is in no result, event, record or problem', async () => {
    const there = await openDesk([
      scriptedAgent({
        id: 'billing',
        replies: [
          {
            status: 'completed',
            output: `Paid with ${canary}`,
            findings: { apiKey: 'canary', note: canary },
            data: { token: 'canary' },
            messages: [message.assistant(`Paid with ${canary}`)],
          },
          new Error(`could not reach the bank with ${canary}`),
        ],
      }),
    ]);
    for (const accept of ['application/json', 'text/event-stream']) {
      const response = await there.post({ target: 'billing', task }, { prefer: 'wait', accept });
      const id = response.headers.get('location')?.split('/').at(-1);
      const texts = [await response.text()];
      for (const path of ['', '/events', '/custody']) {
        texts.push(await (await there.ask(`/handoffs/${id}${path}`)).text());
      }
      expect(texts.join()).toContain('[redacted');
      // What is said goes out as it is said, piece by piece.
      expect(texts.join('\n').replace(/^.*"output-delta".*$/gm, '')).not.toContain('canary');
    }
    expect(JSON.stringify(await there.manager.history())).not.toContain('canary');
  });
});

describe('clocks that differ by an hour', () => {
  it.each([3_600_000, -3_600_000])('end nothing early: %i ms', async (skew) => {
    const clock = {
      now: () => Date.now() + skew,
      schedule: (delayMs: number, run: () => void) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    };
    const billing = scriptedAgent({ id: 'billing', replies: 'Refunded.' });
    const there = await openDesk([billing], { clock, manage: { clock } });
    const triage: HandoffAgent = {
      id: 'triage',
      name: 'triage',
      canDelegateTo: ['billing'],
      async receiveHandoff(_context, { tools = [], signal = new AbortController().signal } = {}) {
        const answer = await tools[0]?.execute({ task }, { toolCallId: 'c1', signal });
        return { status: 'completed', output: String(answer?.output) };
      },
    };
    const here = createHandoffManager({ agents: [triage, remoteOf(there)] });
    expect(await here.executeHandoff({ target: 'billing', task })).toMatchObject({
      status: 'completed',
    });
    expect(await here.executeHandoff({ target: 'triage', task })).toMatchObject({
      status: 'completed',
      output: expect.stringContaining('Refunded.'),
    });
    expect(billing.received.map(({ context }) => context.deadlineAt)).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('an abort', () => {
  it('half-way through a stream ends the work there, and nothing is heard after it', async () => {
    let aborted = false;
    let say = (_: string): void => {};
    const billing: HandoffAgent = {
      id: 'billing',
      name: 'billing',
      receiveHandoff: (_context, { onEvent, signal } = {}) =>
        new Promise((_resolve, reject) => {
          say = (delta) => onEvent?.({ type: 'output-delta', delta });
          signal?.addEventListener('abort', () => {
            aborted = true;
            say('late');
            reject(signal.reason);
          });
          say('One ');
        }),
    };
    const there = await openDesk([billing]);
    const here = createHandoffManager({ agents: [remoteOf(there)] });
    const controller = new AbortController();
    const stream = here.streamHandoff({ target: 'billing', task }, { signal: controller.signal });
    const heard: string[] = [];
    for await (const text of stream.textStream) {
      heard.push(text);
      if (heard.length === 1) say('two');
      if (heard.length === 2) controller.abort();
    }
    expect(heard).toEqual(['One ', 'two']);
    expect(await stream.result).toMatchObject({ status: 'cancelled' });
    await expect.poll(() => aborted).toBe(true);
    await expect.poll(async () => (await there.manager.history())[0]?.status).toBe('cancelled');
  });
});

describe('one key', () => {
  it('under two addresses is no chance to have the one for the other', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: 'ok' });
    const there = await openDesk([billing]);
    const key = { 'idempotency-key': 'order-1182', prefer: 'wait' };
    const first = await there.post({ target: 'billing', task }, key);
    const second = await there.ask('/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...key },
      body: JSON.stringify({ entry: 'billing', input: task }),
    });
    expect(first.status).toBe(200);
    expect([second.status, await second.json()]).toMatchObject([400, { code: 'INVALID_CONTEXT' }]);
    expect(billing.received).toHaveLength(1);
    expect(there.faults).toEqual([]);
  });
});

describe('a permission', () => {
  it('whose limits are left undefined bounds nothing, and is no fault', async () => {
    const there = await openDesk([scriptedAgent({ id: 'billing', replies: 'ok' })], {
      authorize: () => ({ limits: { maxTokens: undefined } }) as never,
      limits: { maxHandoffs: 2, maxCostUsd: undefined } as never,
    });
    const response = await there.post({ target: 'billing', task }, { prefer: 'wait' });
    expect(response.status).toBe(200);
    expect(there.faults).toEqual([]);
  });
});
