import {
  createHandoffManager,
  type HandoffAgent,
  localEventChannel,
  memoryStore,
} from '@agent-handoff/core';
import { manualClock, scriptedAgent, untilAborted } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandoffHandler } from '../src/index.ts';
import { type Desk, desk, whoIsAsking } from './desk.ts';
import { readEvents } from './server-sent-events.ts';

const open: Desk[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** An agent that says what it is told to say, and ends with `end`. */
function talker() {
  const deltas: ((delta: string) => void)[] = [];
  let listened = true;
  const agent: HandoffAgent = {
    id: 'billing',
    name: 'billing',
    receiveHandoff: (_context, { onEvent, signal } = {}) =>
      new Promise((resolve, reject) => {
        listened = onEvent !== undefined;
        signal?.addEventListener('abort', () => reject(signal.reason));
        deltas.push((delta) => {
          if (delta === 'end') resolve({ status: 'completed', output: 'Done.' });
          else onEvent?.({ type: 'output-delta', delta });
        });
      }),
  };
  return {
    agent,
    say: (delta: string) => deltas.at(-1)?.(delta),
    started: () => expect.poll(() => deltas.length).toBeGreaterThan(0),
    isListenedTo: () => listened,
  };
}

const openDesk = async (agent: HandoffAgent, options: Parameters<typeof desk>[1] = {}) => {
  const opened = await desk([agent, scriptedAgent({ id: 'other', replies: 'ok' })], options);
  open.push(opened);
  return opened;
};
const start = async ({ post }: Desk): Promise<string> =>
  ((await (await post({ target: 'billing', task: 'x' })).json()) as { handoffId: string })
    .handoffId;
const typesOf = (events: readonly { type: string; delta?: unknown }[]) =>
  events.map(({ type, delta }) => (typeof delta === 'string' ? delta : type));
const stream = { accept: 'text/event-stream' };

describe('the events of a handoff', () => {
  it('come as they happen, numbered by their records, and end with the result', async () => {
    const { agent, say, started } = talker();
    const there = await openDesk(agent);
    const response = await there.post({ target: 'billing', task: 'x' }, stream);
    await started();
    for (const delta of ['a', 'b', 'end']) say(delta);
    const events = await readEvents(response);
    expect(events.map(({ type, id, seq }) => [type, id, seq])).toEqual([
      ['requested', '1', 1],
      ['accepted', '2', 2],
      ['output-delta', undefined, undefined],
      ['output-delta', undefined, undefined],
      ['completed', '3', 3],
      ['task-finished', undefined, 3],
      ['result', undefined, undefined],
    ]);
    expect(events.at(-1)).toMatchObject({ result: { status: 'completed', output: 'Done.' } });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      location: expect.stringMatching(/\/handoffs\/[^/]+$/),
    });
  });

  it('go on after a lost connection: records again, and live ones announced as a gap', async () => {
    const { agent, say, started } = talker();
    const there = await openDesk(agent);
    const first = await there.post({ target: 'billing', task: 'x' }, stream);
    await started();
    say('a');
    const before = await readEvents(first, ({ delta }) => delta === 'a');
    const lastId = before.findLast(({ id }) => id !== undefined)?.id ?? '';
    const { handoffId } = before[0] as never as { handoffId: string };
    say('lost');
    const again = await there.ask(`/handoffs/${handoffId}/events`, {
      headers: { 'last-event-id': lastId },
    });
    const rest = readEvents(again, ({ type }) => type === 'result');
    // The gap comes at once; what is said from then on is heard.
    await new Promise((resolve) => setTimeout(resolve, 20));
    say('b');
    say('end');
    expect(typesOf(await rest)).toEqual(['gap', 'b', 'completed', 'task-finished', 'result']);
  });

  it.each([
    [undefined, ['gap', 'requested', 'accepted', 'completed', 'task-finished', 'result']],
    ['0', ['gap', 'requested', 'accepted', 'completed', 'task-finished', 'result']],
    ['1', ['gap', 'accepted', 'completed', 'task-finished', 'result']],
    ['2', ['gap', 'completed', 'task-finished', 'result']],
    ['3', ['result']],
    ['99', ['result']],
  ])('of one that has ended are there after Last-Event-ID %s', async (lastId, expected) => {
    const there = await openDesk(scriptedAgent({ id: 'billing', replies: 'ok' }));
    const { manager } = there;
    const { handoffId } = await manager.executeHandoff(
      { target: 'billing', task: 'x' },
      { principal: 'ada' },
    );
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await there.ask(`/handoffs/${handoffId}/events`, { headers });
    expect(typesOf(await readEvents(response))).toEqual(expected);
  });

  it.each(['-1', '1.5', 'x', '9'.repeat(20), '0x1'])('have no id %s', async (lastId) => {
    const there = await openDesk(scriptedAgent({ id: 'billing', replies: 'ok' }));
    const { handoffId } = await there.manager.executeHandoff(
      { target: 'billing', task: 'x' },
      { principal: 'ada' },
    );
    const headers = { 'last-event-id': lastId };
    expect((await there.ask(`/handoffs/${handoffId}/events`, { headers })).status).toBe(400);
  });

  it('of another process on the same store and channel are followed as well', async () => {
    const { agent, say, started } = talker();
    const manage = { store: memoryStore(), events: localEventChannel() };
    const [one, two] = [await openDesk(agent, { manage }), await openDesk(agent, { manage })];
    const id = await start(one);
    const following = await two.ask(`/handoffs/${id}/events`);
    const events = readEvents(following);
    await started();
    await new Promise((resolve) => setTimeout(resolve, 20));
    say('end');
    expect(typesOf(await events).filter((type) => type !== 'gap')).toEqual([
      'requested',
      'accepted',
      'completed',
      'task-finished',
      'result',
    ]);
  });

  it('include those of the work that it hands out', async () => {
    const { agent, say, started } = talker();
    const there = await openDesk(agent);
    const response = await there.post({ target: 'billing', task: 'x' }, stream);
    await started();
    const [entry] = await there.manager.history();
    const parent = entry?.handoffId ?? '';
    await there.manager.executeHandoff({ target: 'other', task: 'y', parent });
    say('end');
    const events = await readEvents(response);
    expect(typesOf(events)).toEqual([
      'requested',
      'accepted',
      'requested',
      'accepted',
      'ok',
      'completed',
      'completed',
      'task-finished',
      'result',
    ]);
    expect(events.at(-1)).toMatchObject({ handoffId: parent });
  });

  it('a client that leaves ends the stream, not the work', async () => {
    const { agent, say, started } = talker();
    const channel = localEventChannel();
    let followers = 0;
    const events = {
      ...channel,
      subscribe: (...[taskId, listener]: Parameters<typeof channel.subscribe>) => {
        followers++;
        const leave = channel.subscribe(taskId, listener);
        return () => {
          followers--;
          leave();
        };
      },
    };
    const there = await openDesk(agent, { manage: { events } });
    const response = await there.post({ target: 'billing', task: 'x' }, stream);
    await started();
    expect(followers).toBe(1);
    await readEvents(response, ({ type }) => type === 'accepted');
    await expect.poll(() => followers).toBe(0);
    say('end');
    await expect.poll(async () => (await there.manager.history())[0]?.status).toBe('completed');
  });

  it('a refusal is no stream', async () => {
    const there = await openDesk(scriptedAgent({ id: 'billing', replies: 'ok' }));
    const response = await there.post({ target: 'sales', task: 'x' }, stream);
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { code: 'AGENT_NOT_FOUND' },
    ]);
  });

  it('work under a key that was done before is told again, not done again', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: 'ok' });
    const there = await openDesk(billing);
    const send = async () =>
      readEvents(
        await there.post({ target: 'billing', task: 'x' }, { ...stream, 'idempotency-key': 'k' }),
      );
    const first = await send();
    const second = await send();
    expect(typesOf(second)).toEqual([
      'gap',
      'requested',
      'accepted',
      'completed',
      'task-finished',
      'result',
    ]);
    expect(second.at(-1)).toEqual(first.at(-1));
    expect(billing.received).toHaveLength(1);
  });
});

describe('a stream without a server between', () => {
  const streamOf = async (agent: HandoffAgent) => {
    const clock = manualClock();
    const manager = createHandoffManager({ agents: [agent] });
    const handler = createHandoffHandler({
      manager,
      publicUrl: 'https://example.com',
      authenticate: whoIsAsking,
      heartbeatMs: 1_000,
      clock,
    });
    const response = await handler(
      new Request('https://example.com/handoffs', {
        method: 'POST',
        headers: { authorization: 'Bearer ada', 'content-type': 'application/json', ...stream },
        body: '{"target":"billing","task":"x"}',
      }),
    );
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    return { clock, manager, reader, next };
  };

  it('that is silent is kept alive', async () => {
    const { clock, next, reader } = await streamOf(
      scriptedAgent({ id: 'billing', replies: untilAborted }),
    );
    expect(await next()).toContain('"requested"');
    expect(await next()).toContain('"accepted"');
    for (let beat = 0; beat < 3; beat++) {
      const quiet = next();
      await clock.advanceAsync(1_000);
      expect(await quiet).toBe(':\n\n');
    }
    await reader.cancel();
    expect(clock.pending).toBe(0);
  });

  it('that is read too slowly loses live events, says so, and loses no record', async () => {
    const { agent, say, started } = talker();
    const { next } = await streamOf(agent);
    await started();
    expect(await next()).toContain('"requested"');
    for (let i = 0; i < 5_000; i++) say(`${i}`);
    say('end');
    const told: string[] = [];
    while (!told.at(-1)?.includes('"result"')) told.push(await next());
    const types = told.map((text) => JSON.parse(text.slice(text.indexOf('{'))).type as string);
    expect(types.filter((type) => type !== 'output-delta')).toEqual([
      'accepted',
      'gap',
      'completed',
      'task-finished',
      'result',
    ]);
    expect(types.length).toBeLessThan(1_100);
  });
});
