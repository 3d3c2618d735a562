import { createHandoffManager, type HandoffAgent, type HandoffResult } from '@agent-handoff/core';
import { sendProblem } from '@agent-handoff/http/listener';
import { scriptedAgent } from '@agent-handoff/testing';
import compression from 'compression';
import type { Response as ExpressResponse, NextFunction, Request } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandoffRouter, type HandoffRouterOptions } from '../src/index.ts';
import { type ExpressModule, listen, type RunningApp, versions } from './express-app.ts';

/** What passport leaves in a request. */
type Passport = Request & { user?: { readonly id: string } };

const passport = (req: Passport, _res: ExpressResponse, next: NextFunction): void => {
  const id = /^Bearer (\w+)$/.exec(req.headers.authorization ?? '')?.[1];
  if (id !== undefined) req.user = { id };
  next();
};

const json = { 'content-type': 'application/json' } as const;
const asAda = { ...json, authorization: 'Bearer ada', prefer: 'wait' } as const;
const refund = JSON.stringify({ target: 'billing', task: 'Refund order 1182' });

let running: RunningApp | undefined;
afterEach(() => running?.close());

describe.each(versions)('createHandoffRouter on %s', (_, express) => {
  const manager = createHandoffManager({
    agents: [
      scriptedAgent({ id: 'billing', replies: 'Refunded.' }),
      scriptedAgent({ id: 'broken', replies: new Error('out of order') }),
    ],
  });
  const router = (url: string, options: Partial<HandoffRouterOptions> = {}) =>
    createHandoffRouter({
      manager,
      publicUrl: `${url}/agents`,
      authenticate: (req: Passport) => req.user,
      ...options,
    });
  const run = async (build: Parameters<typeof listen>[1]): Promise<string> => {
    running = await listen(express as ExpressModule, build);
    return running.url;
  };

  const before: [string, (app: ReturnType<ExpressModule>) => void][] = [
    ['nothing', () => {}],
    ['express.json()', (app) => app.use(express.json())],
    ['express.text() for everything', (app) => app.use(express.text({ type: '*/*' }))],
    ['express.raw() for everything', (app) => app.use(express.raw({ type: '*/*' }))],
    ['express.urlencoded()', (app) => app.use(express.urlencoded({ extended: true }))],
    ['helmet', (app) => app.use(helmet())],
    ['compression', (app) => app.use(compression({ threshold: 0 }))],
    ['express-rate-limit', (app) => app.use(rateLimit({ limit: 100, windowMs: 60_000 }))],
  ];
  it.each(before)('hands over work and answers with its result after %s', async (_name, use) => {
    const url = await run((app, at) => {
      use(app);
      app.use(passport);
      app.use('/agents', router(at));
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: asAda,
      body: refund,
    });
    expect(response.status).toBe(200);
    const result = (await response.json()) as HandoffResult;
    expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    const location = response.headers.get('location') ?? '';
    expect(location).toBe(`${url}/agents/handoffs/${result.handoffId}`);
    const read = await fetch(location, { headers: asAda });
    expect(await read.json()).toMatchObject({
      status: 'completed',
      result: { output: 'Refunded.' },
    });
    const custody = await fetch(`${location}/custody`, { headers: asAda });
    expect(await custody.json()).toMatchObject({ taskId: result.taskId, records: [{}, {}, {}] });
  });

  it('streams the events of a handoff', async () => {
    const url = await run((app, at) => {
      app.use(passport, express.json());
      app.use('/agents', router(at));
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: { ...asAda, accept: 'text/event-stream' },
      body: refund,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) =>
      JSON.parse(data ?? ''),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'requested',
      'accepted',
      'output-delta',
      'completed',
      'task-finished',
      'result',
    ]);
  });

  it('tells each event when it happens, also after compression', async () => {
    let say = (_: string): void => {};
    const talking: HandoffAgent = {
      id: 'talking',
      name: 'talking',
      receiveHandoff: (_context, { onEvent } = {}) =>
        new Promise((resolve) => {
          say = (delta) => {
            onEvent?.({ type: 'output-delta', delta });
            if (delta === 'b') resolve({ status: 'completed', output: 'ab' });
          };
          say('a');
        }),
    };
    const url = await run((app, at) => {
      app.use(compression({ threshold: 0 }), passport);
      app.use('/agents', router(at, { manager: createHandoffManager({ agents: [talking] }) }));
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: { ...asAda, accept: 'text/event-stream' },
      body: JSON.stringify({ target: 'talking', task: 'x' }),
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    const decoder = new TextDecoder();
    let heard = '';
    for await (const piece of response.body as ReadableStream<Uint8Array>) {
      heard += decoder.decode(piece);
      // It goes on only when this was heard.
      if (heard.includes('"delta":"a"')) say('b');
    }
    expect(heard).toMatch(/"delta":"b".*"type":"result"/s);
  });

  it('answers HEAD and OPTIONS without a body', async () => {
    const url = await run((app, at) => {
      app.use(passport);
      app.use('/agents', router(at));
    });
    const { headers } = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: asAda,
      body: refund,
    });
    const location = headers.get('location') ?? '';
    for (const path of ['', '/events', '/custody']) {
      const head = await fetch(location + path, { method: 'HEAD', headers: asAda });
      expect([head.status, await head.text()]).toEqual([200, '']);
    }
    const options = await fetch(location, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  it('keeps two managers apart, and is one wherever it is mounted', async () => {
    const other = createHandoffManager({
      agents: [scriptedAgent({ id: 'billing', replies: 'Other.' })],
    });
    const url = await run((app, at) => {
      const one = router(at);
      app.use(passport, express.json());
      app.use('/agents', one);
      app.use('/v1/agents', one);
      const nested = express.Router();
      nested.use('/agents', router(at, { manager: other, publicUrl: `${at}/other/agents` }));
      app.use('/other', nested);
    });
    const post = async (base: string) => {
      const response = await fetch(`${url}${base}/handoffs`, {
        method: 'POST',
        headers: { ...asAda, 'idempotency-key': `same-on-${url}` },
        body: refund,
      });
      return (await response.json()) as HandoffResult;
    };
    const [first, second, third] = [
      await post('/agents'),
      await post('/v1/agents'),
      await post('/other/agents'),
    ];
    expect(second.handoffId).toBe(first.handoffId);
    expect(third.output).toBe('Other.');
    const statusOf = async (path: string) =>
      (await fetch(`${url}${path}`, { headers: asAda })).status;
    expect(await statusOf(`/v1/agents/handoffs/${first.handoffId}`)).toBe(200);
    expect(await statusOf(`/other/agents/handoffs/${third.handoffId}`)).toBe(200);
    const broken = await post('/other/agents');
    expect(broken.handoffId).toBe(third.handoffId);
  });

  it('a body that was read and left nowhere is refused, and nothing waits for it', async () => {
    const url = await run((app, at) => {
      app.use(passport, (req, _res, next) => void req.resume().on('end', () => next()));
      app.use('/agents', router(at));
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: asAda,
      body: refund,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { status: 400 }]);
  });

  it.each(['7', 'null', 'false', '"text"', '[]'])(
    'a body that express.json({ strict: false }) takes is no work: %s',
    async (body) => {
      const url = await run((app, at) => {
        app.use(passport, express.json({ strict: false }));
        app.use('/agents', router(at));
      });
      const response = await fetch(`${url}/agents/handoffs`, {
        method: 'POST',
        headers: asAda,
        body,
      });
      expect([response.status, await response.json()]).toMatchObject([400, { status: 400 }]);
    },
  );

  it('leaves other paths to the app, at the root too', async () => {
    const url = await run((app, at) => {
      app.use(passport, router(at, { publicUrl: at }));
      app.get('/hello', (_req, res) => void res.send('hi'));
    });
    expect(await (await fetch(`${url}/hello`)).text()).toBe('hi');
    const response = await fetch(`${url}/handoffs`, {
      method: 'POST',
      headers: asAda,
      body: refund,
    });
    expect(response.status).toBe(200);
  });

  it.each([
    ['GET', '/handoffs', 405],
    ['PUT', '/handoffs/x', 405],
    ['DELETE', '/pending', 405],
    ['PATCH', '/threads/x', 405],
    ['POST', '/handoffs/', 404],
    ['GET', '/handoffs/x/', 404],
    ['GET', '/handoffs/x/events/', 404],
    ['GET', '/handoffs/a%2Fb', 404],
    ['GET', '/handoffs/..%2f..%2fadmin/custody', 404],
    ['GET', '/handoffs/%', 404],
    ['GET', `/runs/${'x'.repeat(200)}`, 404],
  ])('answers %s %s with a problem, as an address of its own', async (method, path, status) => {
    const url = await run((app, at) => {
      app.use(passport);
      app.use('/agents', router(at));
    });
    const response = await fetch(`${url}/agents${path}`, { method, headers: asAda });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect([response.status, await response.json()]).toMatchObject([status, { status }]);
    expect(response.headers.has('allow')).toBe(status === 405);
  });

  it('leaves what is no address of its own to whoever comes after it, and at last to a problem', async () => {
    const url = await run((app, at) => {
      app.use(passport);
      app.use('/agents', router(at));
      app.get('/agents/handoffs/:id/notes', (_req, res) => void res.send('mine'));
      app.use('/agents', router(at, { publicUrl: `${at}/agents` }));
      app.use('/agents', (_req, res) => void sendProblem(res, 404, 'There is nothing here.'));
    });
    const ask = (path: string) => fetch(`${url}/agents${path}`, { headers: asAda });
    expect(await (await ask('/handoffs/x/notes')).text()).toBe('mine');
    for (const path of ['', '/', '/handofs', '/handoffs/x/y', '/handoffs/x/events/y', '/%']) {
      const response = await ask(path);
      expect([response.status, await response.json()]).toMatchObject([404, { status: 404 }]);
    }
  });

  it('answers nobody without a user, and a user only about what is theirs', async () => {
    const url = await run((app, at) => {
      app.use(passport);
      app.use('/agents', router(at));
    });
    const stranger = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: json,
      body: refund,
    });
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const { headers } = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: asAda,
      body: refund,
    });
    const read = await fetch(headers.get('location') ?? '', {
      headers: { authorization: 'Bearer eve' },
    });
    expect(read.status).toBe(404);
  });

  it.each<[string, string, number, Record<string, string>?]>([
    ['malformed', '{"target"', 400],
    ['too large for the parser', JSON.stringify({ task: 'x'.repeat(200_000) }), 413],
    ['in an unknown encoding', refund, 415, { 'content-encoding': 'x-none' }],
    ['in gzip that is none', refund, 400, { 'content-encoding': 'gzip' }],
    ['in another charset', refund, 415, { 'content-type': 'application/json; charset=koi8-x' }],
    [
      'a form of too many fields',
      'a=1&'.repeat(2_000),
      413,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('answers a body that a parser refuses in JSON: %s', async (_name, body, status, more = {}) => {
    const url = await run((app, at) => {
      app.use(express.json(), express.urlencoded({ extended: false }), passport);
      app.use('/agents', router(at));
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: { ...asAda, ...more },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ type: 'about:blank', status });
  });

  it('checks a body that was parsed before as any other', async () => {
    const url = await run((app, at) => {
      app.use(express.json({ limit: '10mb' }), passport);
      app.use('/agents', router(at));
    });
    const statusOf = async (body: string): Promise<number> =>
      (await fetch(`${url}/agents/handoffs`, { method: 'POST', headers: asAda, body })).status;
    expect(await statusOf('{"target":"billing","task":"x","findings":{"__proto__":{"a":1}}}')).toBe(
      400,
    );
    expect(
      await statusOf(
        `{"target":"billing","task":"x","findings":{"a":${'['.repeat(40)}${']'.repeat(40)}}}`,
      ),
    ).toBe(400);
    expect(await statusOf(JSON.stringify({ target: 'billing', task: 'x'.repeat(2_000_000) }))).toBe(
      413,
    );
    const deep = 100_000;
    expect(await statusOf(`${'['.repeat(deep)}${']'.repeat(deep)}`)).toBeOneOf([400, 413]);
  });

  it('an authenticate that throws hangs nobody, and is told to the one who runs the server', async () => {
    const told: unknown[] = [];
    const fault = new Error('the session store is down');
    const url = await run((app, at) => {
      const authenticate = async () => {
        throw fault;
      };
      app.use(
        '/agents',
        router(at, { authenticate, onError: (error, req) => told.push([error, req.path]) }),
      );
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: asAda,
      body: refund,
    });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toMatch(/session|at .*\.ts/);
    expect(told).toEqual([[fault, '/handoffs']]);
  });

  it('an authenticate that comes late counts, and nobody is nobody', async () => {
    const url = await run((app, at) => {
      const authenticate = async (req: Passport) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return req.get('x-known') === undefined ? undefined : { id: 'ada' };
      };
      const authorize = async () => {
        throw new Error('canary-secret');
      };
      app.use('/late', router(at, { authenticate }));
      app.use('/denied', router(at, { authenticate, authorize, onError: () => {} }));
    });
    const send = (path: string, more: Record<string, string>) =>
      fetch(`${url}${path}/handoffs`, {
        method: 'POST',
        headers: { ...asAda, ...more },
        body: refund,
      });
    expect((await send('/late', { 'x-known': '1' })).status).toBe(200);
    expect((await send('/late', {})).status).toBe(401);
    const failed = await send('/denied', { 'x-known': '1' });
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toMatch(/canary|\.ts/);
  });

  it('shows authorize the request of Express', async () => {
    const url = await run((app, at) => {
      app.use(passport);
      app.use(
        '/agents',
        router(at, {
          authorize: ({ request, action }) => action !== 'create' || request.get('x-team') === 'a',
        }),
      );
    });
    const send = (team: string) =>
      fetch(`${url}/agents/handoffs`, {
        method: 'POST',
        headers: { ...asAda, 'x-team': team },
        body: refund,
      });
    expect((await send('a')).status).toBe(200);
    const denied = await send('b');
    expect([denied.status, await denied.json()]).toMatchObject([403, { code: 'POLICY_DENIED' }]);
  });

  it('a Host header that is none does no harm', async () => {
    const url = await run((app, at) => {
      app.use(passport);
      app.use('/agents', router(at));
    });
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(`${url}/agents/handoffs/x`, { headers: { host: 'a b', authorization: 'Bearer ada' } })
        .on('response', (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });
});

it('a router needs authenticate', () => {
  const manager = createHandoffManager({ agents: [scriptedAgent({ id: 'a', replies: 'x' })] });
  const options = { manager, publicUrl: 'https://example.com' } as never;
  expect(() => createHandoffRouter(options)).toThrow(/authenticate/);
});
