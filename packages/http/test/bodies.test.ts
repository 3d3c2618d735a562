import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHandoffManager } from '@agent-handoff/core';
import { manualClock, scriptedAgent } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandoffHandler } from '../src/index.ts';
import { type Desk, desk, whoIsAsking } from './desk.ts';

let open: Desk | undefined;
afterEach(() => open?.close());
const openDesk = async (): Promise<Desk> => {
  open = await desk([scriptedAgent({ id: 'billing', replies: 'ok' })]);
  return open;
};

/** A body of exactly so many bytes. */
const ofBytes = (bytes: number): string => {
  const empty = JSON.stringify({ target: 'billing', task: '' });
  return JSON.stringify({ target: 'billing', task: 'x'.repeat(bytes - empty.length) });
};
/** A body that is nested so deep. */
const ofDepth = (depth: number): string =>
  `{"target":"billing","task":"x","findings":{"a":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`;

describe('the body of a request', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, number, Record<string, string>?]>([
    ['of 200 kB', ofBytes(200_000), 202],
    ['of 256 kB', ofBytes(262_144), 202],
    ['of a byte more', ofBytes(262_145), 413],
    ['of 2 MB', ofBytes(2_000_000), 413],
    ['of 8 MB', ofBytes(8_000_000), 413],
    ['32 levels deep', ofDepth(32), 202],
    ['33 levels deep', ofDepth(33), 400],
    ['100,000 levels deep', ofDepth(100_000), 400],
    ['100,000 levels deep and never closed', '['.repeat(100_000), 400],
    [
      'with brackets in a text',
      `{"target":"billing","task":"${'['.repeat(99)}\\"${'{'.repeat(99)}"}`,
      202,
    ],
    ['with __proto__', '{"target":"billing","task":"x","__proto__":{"admin":true}}', 400],
    [
      'with an escaped __proto__',
      '{"target":"billing","task":"x","findings":{"\\u005f_proto__":{"a":1}}}',
      400,
    ],
    [
      'with constructor.prototype',
      '{"target":"billing","task":"x","findings":{"constructor":{"prototype":{"a":1}}}}',
      400,
    ],
    ['in gzip', new Uint8Array(gzipSync(ofBytes(1_000))), 415, { 'content-encoding': 'gzip' }],
    ['in gzip that is none', ofBytes(1_000), 415, { 'content-encoding': 'gzip' }],
    ['in no encoding at all', ofBytes(1_000), 202, { 'content-encoding': 'identity' }],
    [
      'as a form',
      'target=billing&task=x',
      415,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['as text', ofBytes(100), 415, { 'content-type': 'text/plain' }],
    ['as nothing', ofBytes(100), 415, { 'content-type': '' }],
    [
      'as JSON in another charset',
      ofBytes(100),
      415,
      { 'content-type': 'application/json; charset=utf-16' },
    ],
    [
      'as JSON in UTF-8',
      ofBytes(100),
      202,
      { 'content-type': 'Application/JSON; charset="UTF-8"' },
    ],
    ['that is empty', '', 400],
    ['that is no JSON', '{"target":', 400],
    ['that is no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ['that is a number', '7', 400],
  ])('%s is answered in JSON, whatever it is', async (_name, body, status, headers = {}) => {
    const { ask, faults } = await openDesk();
    const response = await ask('/handoffs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject(status === 202 ? { status: 'running' } : { status });
    expect(text).not.toMatch(/node_modules|\.ts:|at \w+ \(/);
    expect(faults).toEqual([]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('says what is taken instead', async () => {
    const { ask } = await openDesk();
    const send = (headers: Record<string, string>) =>
      ask('/handoffs', { method: 'POST', headers, body: '{}' });
    const typed = await send({ 'content-type': 'text/plain' });
    expect(typed.headers.get('accept')).toBe('application/json, application/vnd.handoff+json');
    const packed = await send({ 'content-type': 'application/json', 'content-encoding': 'br' });
    expect(packed.headers.get('accept-encoding')).toBe('identity');
  });

  it('that lies about its length is not believed', async () => {
    const manager = createHandoffManager({
      agents: [scriptedAgent({ id: 'billing', replies: 'ok' })],
    });
    const handler = createHandoffHandler({
      manager,
      publicUrl: 'https://example.com',
      authenticate: whoIsAsking,
    });
    const send = (length: string, body: string) =>
      handler(
        new Request('https://example.com/handoffs', {
          method: 'POST',
          headers: {
            authorization: 'Bearer ada',
            'content-length': length,
            'content-type': 'application/json',
          },
          body,
        }),
      );
    expect((await send('10', ofBytes(300_000))).status).toBe(413);
    for (const length of ['10', '0', '100000', '-1', 'x', '1e3', '']) {
      expect((await send(length, ofBytes(1_000))).status).toBe(400);
    }
    expect((await send('1000', ofBytes(1_000))).status).toBe(202);
    expect(await manager.history()).toHaveLength(1);
  });

  it('that ends before it is complete leaves nothing behind, and the server goes on', async () => {
    const { url, post, manager, faults } = await openDesk();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /agents/handoffs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ada\r\n' +
        'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"target":"billing"',
    );
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.destroy();
    expect((await post({ target: 'billing', task: 'x' })).status).toBe(202);
    expect(await manager.history()).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('that never comes is given up', async () => {
    const clock = manualClock();
    const handler = createHandoffHandler({
      manager: createHandoffManager({ agents: [scriptedAgent({ id: 'billing', replies: 'ok' })] }),
      publicUrl: 'https://example.com',
      authenticate: whoIsAsking,
      bodyTimeoutMs: 5_000,
      clock,
    });
    const answer = handler(
      new Request('https://example.com/handoffs', {
        method: 'POST',
        headers: { authorization: 'Bearer ada', 'content-type': 'application/json' },
        body: new ReadableStream({ pull: () => new Promise(() => {}) }),
        duplex: 'half',
      } as RequestInit),
    );
    await clock.advanceAsync(4_999);
    await clock.advanceAsync(1);
    const response = await answer;
    expect([response.status, await response.json()]).toMatchObject([408, { status: 408 }]);
    expect(clock.pending).toBe(0);
  });

  it('of a stranger is not read at all', async () => {
    const { url } = await openDesk();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /agents/handoffs HTTP/1.1\r\nhost: x\r\n' +
        'content-type: application/json\r\ncontent-length: 1000\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
  });
});

it('a client that is told 413 can go on over the same or another connection', async () => {
  const { post } = await openDesk();
  for (let i = 0; i < 3; i++) {
    expect((await post(ofBytes(2_000_000))).status).toBe(413);
    expect((await post(ofBytes(1_000))).status).toBe(202);
  }
});
