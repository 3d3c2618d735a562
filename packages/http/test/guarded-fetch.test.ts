import { createServer } from 'node:http';
import type { LookupFunction } from 'node:net';
import { createHandoffManager } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createRemoteAgent as createEdgeAgent } from '../src/index.ts';
import { createRemoteAgent, guardedFetch } from '../src/node.ts';
import { type Desk, desk } from './desk.ts';
import { type Served, serveNode } from './serve.ts';

let inside: Served | undefined;
let open: Desk | undefined;
afterEach(async () => {
  await inside?.close();
  await open?.close();
});

/** A service of the network inside, which nobody from outside should reach. */
async function serviceInside(): Promise<{ port: string; reached: () => number }> {
  let connections = 0;
  const server = createServer((_request, response) => void response.end('secret'));
  server.on('connection', () => connections++);
  inside = await serveNode(server);
  return { port: new URL(inside.url).port, reached: () => connections };
}

/** Says what a call was refused for. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'reached';
  } catch (thrown) {
    return String((thrown as Error).cause ?? thrown);
  }
}

const notPublic = /leads to an address that is not public/;

describe('guardedFetch', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[fec0::1]',
    '[200::1]',
    '[4000::1]',
    '192.88.99.1',
    '198.51.100.1',
    '%31%32%37.0.0.1',
    '１２７.0.0.1',
    '①②⑦.0.0.1',
    'localhost',
    'LOCALHOST',
  ])('does not reach %s', async (host) => {
    const { port, reached } = await serviceInside();
    expect(await refusalOf(guardedFetch()(`http://${host}:${port}/`))).toMatch(notPublic);
    expect(reached()).toBe(0);
  });

  it('reaches what is allowed by name, and nothing beside it', async () => {
    const { port } = await serviceInside();
    const call = (allowed: string) =>
      refusalOf(guardedFetch({ allowAddresses: [allowed] })(`http://127.0.0.1:${port}/`));
    for (const allowed of ['127.0.0.1', '127.0.0.0/8', '::ffff:127.0.0.1']) {
      expect(await call(allowed)).toBe('reached');
    }
    for (const other of ['127.0.0.2', '10.0.0.0/8', '::/0', '::1']) {
      expect(await call(other)).toMatch(notPublic);
    }
  });

  it('tries an address of IPv6 that is allowed, and no other', async () => {
    const { port } = await serviceInside();
    const call = (allowed: string) =>
      refusalOf(guardedFetch({ allowAddresses: [allowed] })(`http://[::1]:${port}/`));
    // Nobody is there, or the machine has no IPv6.
    for (const allowed of ['::1', '::/127']) expect(await call(allowed)).not.toMatch(notPublic);
    for (const other of ['127.0.0.1', '::2', 'fc00::/7'])
      expect(await call(other)).toMatch(notPublic);
  });

  it('a range that is none is refused at once', () => {
    for (const wrong of ['localhost', '10.0.0.0/33', '', '10.0.0.0/x']) {
      expect(() => guardedFetch({ allowAddresses: [wrong] })).toThrow();
    }
  });

  /** A resolver that answers differently each time it is asked. */
  const resolver = (...answers: readonly string[][]) => {
    let asked = 0;
    const lookup: LookupFunction = (_name, options, callback) => {
      const addresses = (answers[Math.min(asked++, answers.length - 1)] ?? []).map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      if (options.all) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
    };
    return { lookup, asked: () => asked };
  };

  it('a name that is pointed elsewhere after a first look is looked at again', async () => {
    const { port, reached } = await serviceInside();
    const { lookup, asked } = resolver(['127.0.0.2'], ['127.0.0.1']);
    const call = guardedFetch({ lookup, allowAddresses: ['127.0.0.2'], connectTimeoutMs: 50 });
    // The first answer may be called, though nobody is there.
    expect(await refusalOf(call(`http://rebind.example:${port}/`))).not.toMatch(notPublic);
    expect(await refusalOf(call(`http://rebind.example:${port}/`))).toMatch(notPublic);
    expect(asked()).toBe(2);
    expect(reached()).toBe(0);
  });

  it('a name with a private address among public ones is refused', async () => {
    const { port, reached } = await serviceInside();
    const { lookup } = resolver(['93.184.215.14', '127.0.0.1']);
    expect(await refusalOf(guardedFetch({ lookup })(`http://mixed.example:${port}/`))).toMatch(
      notPublic,
    );
    expect(reached()).toBe(0);
  });

  it('does not say where a name led', async () => {
    const { lookup } = resolver(['10.11.12.13']);
    const refusal = await refusalOf(guardedFetch({ lookup })('http://inside.example/'));
    expect(refusal).toMatch(notPublic);
    expect(refusal).not.toContain('10.11');
  });
});

describe('the url of a remote agent', () => {
  it.each<[string, object, RegExp]>([
    ['plain http', { url: 'http://example.com' }, /https/],
    ['another scheme', { url: 'file:///etc/passwd', allowHttp: true }, /https/],
    ['a password', { url: 'https://ada:canary@example.com' }, /password/],
    ['a query', { url: 'https://example.com/?x=1' }, /query/],
    ['none', { url: '/agents' }, /none/],
    ['a timeout of 0', { timeoutMs: 0 }, /timeoutMs/],
    ['half a retry', { maxRetries: 0.5 }, /maxRetries/],
  ])('is not taken with %s', (_name, options, message) => {
    const make = () => createRemoteAgent({ id: 'billing', url: 'https://example.com', ...options });
    expect(make).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringMatching(message),
      }),
    );
    expect(make).not.toThrow(/canary/);
  });

  it('that leads inside is refused when it is called, and not tried again', async () => {
    const { port, reached } = await serviceInside();
    const agent = createRemoteAgent({
      id: 'billing',
      url: `http://127.0.0.1:${port}`,
      allowHttp: true,
    });
    const here = createHandoffManager({ agents: [agent] });
    expect(await here.executeHandoff({ target: 'billing', task: 'x' })).toMatchObject({
      status: 'failed',
      error: { code: 'AGENT_FAILED', message: expect.stringMatching(notPublic), retryable: false },
    });
    expect(reached()).toBe(0);
  });

  it('where names can not be looked up must be of an allowed origin', async () => {
    open = await desk([scriptedAgent({ id: 'billing', replies: 'ok' })]);
    const url = `${open.url}/agents`;
    const make = (allowedOrigins: readonly string[]) =>
      createEdgeAgent({
        id: 'billing',
        url,
        allowHttp: true,
        allowedOrigins,
        headers: { authorization: 'Bearer ada' },
      });
    for (const others of [[], ['http://127.0.0.1'], ['https://example.com'], ['nonsense']]) {
      expect(() => make(others)).toThrow(/allowedOrigins/);
    }
    const here = createHandoffManager({ agents: [make([open.url])] });
    expect(await here.executeHandoff({ target: 'billing', task: 'x' })).toMatchObject({
      output: 'ok',
    });
  });
});
