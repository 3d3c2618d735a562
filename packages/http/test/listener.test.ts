import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { createHandoffContext, createHandoffManager } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { describe, expect, it } from 'vitest';
import { createContextListener, createHandoffListener } from '../src/listener.ts';
import { desk, serveByListener } from './desk.ts';
import { serveNode } from './serve.ts';

// What is promised of the Fetch handler holds of the listener: the same tests, served without Fetch.
serveByListener();
await import('./bodies.test.ts');
await import('./crossing.test.ts');
await import('./events.test.ts');
await import('./handler.test.ts');
await import('./odd-requests.test.ts');
await import('./openapi.test.ts');
await import('./resume.test.ts');
await import('./runs.test.ts');
await import('./wait-until.test.ts');

describe('the listener', () => {
  it('takes a whole URL for an address, as proxies send it', async () => {
    const there = await desk([scriptedAgent({ id: 'billing', replies: 'ok' })]);
    const { port } = new URL(there.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'GET http://elsewhere.example/agents/pending?x=1 HTTP/1.1\r\nHost: x\r\n' +
        'Authorization: Bearer ada\r\nConnection: close\r\n\r\n',
    );
    let answer = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      answer += piece;
    });
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\{"handoffs":\[\]\}$/);
    await there.close();
  });

  it('refuses a body that authenticate has read, and does not wait for it', async () => {
    const listener = createHandoffListener({
      manager: createHandoffManager({ agents: [scriptedAgent({ id: 'billing', replies: 'ok' })] }),
      publicUrl: 'https://example.com',
      authenticate: async (req) => {
        for await (const _ of req);
        return { id: 'ada' };
      },
    });
    const { url, close } = await serveNode(createServer(listener));
    const response = await fetch(`${url}/handoffs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"target":"billing","task":"x"}',
    });
    expect([response.status, await response.json()]).toMatchObject([400, { status: 400 }]);
    await close();
  });

  it('says which addresses are its own, and answers 404 for the others', async () => {
    const listener = createHandoffListener({
      manager: createHandoffManager({ agents: [scriptedAgent({ id: 'a', replies: 'x' })] }),
      publicUrl: 'https://example.com/agents/',
      authenticate: () => ({ id: 'ada' }),
    });
    expect(
      [
        ...[
          '/agents/handoffs?x',
          '/agents/handoffs/x/events',
          '/agents/runs/%',
          '/agents/pending/',
        ],
        ...['/handoffs', '/agents', '/', '/agents/handoffs/x/y', '/agents/pending/x'],
      ].map(listener.handles),
    ).toEqual([...Array(4).fill(true), ...Array(5).fill(false)]);
    const { url, close } = await serveNode(createServer(listener));
    const response = await fetch(`${url}/elsewhere`);
    expect([response.status, await response.json()]).toMatchObject([404, { title: 'Not Found' }]);
    await close();
  });

  it('reads contexts for a server of the application, and answers for it where there is none', async () => {
    const read = createContextListener({
      authenticate: ({ headers }) => (headers['x-user'] === 'ada' ? { id: 'ada' } : undefined),
    });
    const { url, close } = await serveNode(
      createServer((req, res) => {
        void read(req, res).then((received) => {
          if (received) res.end(`${received.caller.id}: ${received.context.originalTask}`);
        });
      }),
    );
    const body = JSON.stringify(
      createHandoffContext({
        sourceAgentId: 'triage',
        targetAgentId: 'billing',
        originalTask: 'Refund order 1182',
        handoffChain: ['triage'],
      }),
    );
    const headers = { 'content-type': 'application/vnd.handoff+json' };
    const send = (user: string) =>
      fetch(url, { method: 'POST', body, headers: { ...headers, 'x-user': user } });
    expect(await (await send('ada')).text()).toBe('ada: Refund order 1182');
    const refused = await send('eve');
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { code: 'UNAUTHENTICATED' },
    ]);
    await close();
    expect(() => createContextListener({} as never)).toThrow(/authenticate/);
  });
});
