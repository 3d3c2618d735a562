import { createHandoffManager, type HandoffResult } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
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

  it.each([
    ['malformed', '{"target"', 400],
    ['too large for the parser', JSON.stringify({ task: 'x'.repeat(200_000) }), 413],
  ])('answers a body that express.json() refuses in JSON: %s', async (_name, body, status) => {
    const url = await run((app, at) => {
      app.use(express.json(), passport);
      app.use('/agents', router(at));
    });
    const response = await fetch(`${url}/agents/handoffs`, {
      method: 'POST',
      headers: asAda,
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
