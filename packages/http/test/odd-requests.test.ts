import { once } from 'node:events';
import { connect } from 'node:net';
import { createPersonAgent } from '@agent-handoff/core';
import { scriptedAgent, untilAborted } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type Desk, desk, remoteOf } from './desk.ts';
import { readEvents } from './server-sent-events.ts';

const open: Desk[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
const openDesk = async (options: Parameters<typeof desk>[1] = {}): Promise<Desk> => {
  const opened = await desk(
    [
      scriptedAgent({ id: 'billing', replies: 'Refunded.' }),
      scriptedAgent({ id: 'slow', replies: untilAborted }),
      createPersonAgent({ id: 'lead' }),
    ],
    options,
  );
  open.push(opened);
  return opened;
};

const refund = JSON.stringify({ target: 'billing', task: 'Refund order 1182' });
const asAda = 'host: x\r\nauthorization: Bearer ada\r\ncontent-type: application/json\r\n';

/** What a server answers to bytes, until it closes the connection. */
async function sendBytes({ url }: Desk, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    answer += piece;
  });
  await once(socket, 'close');
  return answer;
}

describe('a request', () => {
  it('in HTTP/1.0 is answered, with events as well', async () => {
    const there = await openDesk();
    const head = `POST /agents/handoffs HTTP/1.0\r\n${asAda}content-length: ${refund.length}\r\n`;
    expect(await sendBytes(there, `${head}prefer: wait\r\n\r\n${refund}`)).toMatch(
      /^HTTP\/1\.1 200 .*"output":"Refunded\."/s,
    );
    const events = await sendBytes(there, `${head}accept: text/event-stream\r\n\r\n${refund}`);
    expect(events).not.toMatch(/transfer-encoding/i);
    expect([...events.matchAll(/^data: (.*)$/gm)].at(-1)?.[1]).toMatch(/"type":"result"/);
  });

  it('that asks before it sends its body is told to go on', async () => {
    const there = await openDesk();
    const answer = await sendBytes(
      there,
      `POST /agents/handoffs HTTP/1.1\r\n${asAda}content-length: ${refund.length}\r\n` +
        `expect: 100-continue\r\nconnection: close\r\nprefer: wait\r\n\r\n${refund}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('in chunks, without a length, is as good as another', async () => {
    const there = await openDesk();
    const chunks = [refund.slice(0, 9), refund.slice(9)].map(
      (chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
    );
    const answer = await sendBytes(
      there,
      `POST /agents/handoffs HTTP/1.1\r\n${asAda}transfer-encoding: chunked\r\n` +
        `connection: close\r\nprefer: wait\r\n\r\n${chunks.join('')}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('with its headers in capitals is the same', async () => {
    const there = await openDesk();
    const answer = await sendBytes(
      there,
      `POST /agents/handoffs HTTP/1.1\r\n${asAda.toUpperCase().replace('BEARER ADA', 'Bearer ada')}` +
        `CONTENT-LENGTH: ${refund.length}\r\nCONNECTION: close\r\nPREFER: WAIT\r\n\r\n${refund}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('with two keys is refused, with two traces has none', async () => {
    const there = await openDesk();
    const send = (more: string) =>
      sendBytes(
        there,
        `POST /agents/handoffs HTTP/1.1\r\n${asAda}content-length: ${refund.length}\r\n` +
          `connection: close\r\nprefer: wait\r\n${more}\r\n${refund}`,
      );
    expect(await send('idempotency-key: a\r\nidempotency-key: b\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*Idempotency-Key/s,
    );
    const trace = 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n';
    expect(await send(trace + trace)).toMatch(/^HTTP\/1\.1 200 /);
    const [entry] = await there.manager.history();
    expect(entry?.context?.traceparent).toBeUndefined();
  });

  it('whose body drips is answered 408, and its connection closed', async () => {
    const there = await openDesk({ bodyTimeoutMs: 50 });
    const answer = await sendBytes(
      there,
      `POST /agents/handoffs HTTP/1.1\r\n${asAda}content-length: 1000\r\n\r\n{"target"`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(await there.manager.history()).toEqual([]);
  });

  it('whose client leaves before it is answered is done all the same', async () => {
    let letIn = (): void => {};
    const held = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    let asked = false;
    const there = await openDesk({
      authorize: async () => {
        asked = true;
        await held;
        return true;
      },
    });
    for (const prefer of ['respond-async', 'wait']) {
      const socket = connect(Number(new URL(there.url).port), '127.0.0.1');
      socket.write(
        `POST /agents/handoffs HTTP/1.1\r\n${asAda}content-length: ${refund.length}\r\n` +
          `prefer: ${prefer}\r\n\r\n${refund}`,
      );
      await expect.poll(() => asked).toBe(true);
      asked = false;
      socket.destroy();
    }
    letIn();
    await expect
      .poll(async () => (await there.manager.history()).map(({ status }) => status))
      .toEqual(['completed', 'completed']);
    expect(there.faults).toEqual([]);
  });
});

describe('Last-Event-ID', () => {
  it('beyond the newest record goes on from there: what comes is told, to the end', async () => {
    const there = await openDesk();
    const begun = await there.post({ target: 'slow', task: 'x' });
    const { handoffId } = (await begun.json()) as { handoffId: string };
    await expect.poll(async () => (await there.manager.get(handoffId))?.status).toBe('running');
    const response = await there.ask(`/handoffs/${handoffId}/events`, {
      headers: { 'last-event-id': '99' },
    });
    const events = readEvents(response);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await there.manager.cancel(handoffId);
    expect((await events).map(({ type }) => type)).toEqual([
      'gap',
      'cancelled',
      'task-finished',
      'result',
    ]);
  });
});

it('a cancellation that does not reach a third service is answered as that, and stands', async () => {
  const third = await openDesk();
  const second = await desk([remoteOf(third, { agentId: 'lead', maxRetries: 0 })]);
  open.push(second);
  const begun = await second.post({ target: 'billing', task: 'x' }, { prefer: 'wait' });
  const { handoffId } = (await begun.json()) as { handoffId: string };
  third.server.closeAllConnections();
  await new Promise((resolve) => third.server.close(resolve));
  const response = await second.ask(`/handoffs/${handoffId}/cancel`, { method: 'POST' });
  expect([response.status, await response.json()]).toMatchObject([
    502,
    { code: 'AGENT_FAILED', retryable: true },
  ]);
  expect((await second.manager.get(handoffId))?.status).toBe('cancelled');
});
