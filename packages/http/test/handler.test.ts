import { createHandoffContext, createHandoffManager, memoryStore } from '@agent-handoff/core';
import { scriptedAgent, untilAborted } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandoffHandler } from '../src/index.ts';
import { type Desk, desk, whoIsAsking } from './desk.ts';

let open: Desk | undefined;
afterEach(() => open?.close());
const agents = () => [
  scriptedAgent({ id: 'billing', replies: 'Refunded.' }),
  scriptedAgent({ id: 'broken', replies: new Error('out of order') }),
  scriptedAgent({ id: 'slow', replies: untilAborted }),
];
const openDesk = async (options: Parameters<typeof desk>[1] = {}): Promise<Desk> => {
  open = await desk(agents(), options);
  return open;
};
const refund = { target: 'billing', task: 'Refund order 1182' } as const;
const waiting = { prefer: 'wait' };
const idOf = (response: Response): string =>
  response.headers.get('location')?.split('/').at(-1) ?? '';

describe('POST /handoffs', () => {
  it('answers 202 and where to look', async () => {
    const { post, ask, url } = await openDesk();
    const response = await post(refund);
    const { handoffId, taskId } = (await response.json()) as Record<string, string>;
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`${url}/agents/handoffs/${handoffId}`);
    await expect
      .poll(async () => (await (await ask(`/handoffs/${handoffId}`)).json()) as object)
      .toMatchObject({ taskId, status: 'completed', result: { output: 'Refunded.' } });
  });

  it('with Prefer: wait answers 200 and the result', async () => {
    const { post } = await openDesk();
    const response = await post(refund, waiting);
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait');
    expect(await response.json()).toMatchObject({ status: 'completed', output: 'Refunded.' });
  });

  it('waits as long as it was asked to, and not for longer than it may', async () => {
    const { post } = await openDesk({ maxWaitMs: 20 });
    for (const prefer of ['wait=600', 'wait', 'respond-async, wait=0', 'wait=0']) {
      const response = await post({ target: 'slow', task: 'x' }, { prefer });
      expect([response.status, await response.json()]).toMatchObject([202, { status: 'running' }]);
    }
  });

  it('answers what did not complete as a problem, under the status of its code', async () => {
    const { post } = await openDesk({ manage: { limits: { maxHandoffs: 1 } } });
    const failed = await post({ target: 'broken', task: 'x' }, waiting);
    expect([failed.status, await failed.json()]).toMatchObject([
      502,
      {
        type: 'urn:agent-handoff:error:AGENT_FAILED',
        title: 'AGENT_FAILED',
        status: 502,
        code: 'AGENT_FAILED',
        handoffId: idOf(failed),
      },
    ]);
    const unknown = await post({ target: 'sales', task: 'x' });
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { code: 'AGENT_NOT_FOUND' },
    ]);
    const first = await post(refund, waiting);
    const next = await post({ ...refund, target: 'broken', parent: idOf(first) });
    expect([next.status, await next.json()]).toMatchObject([429, { code: 'LIMIT_EXCEEDED' }]);
  });

  it('passes everything on that a caller may say', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: 'ok' });
    open = await desk([billing]);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const asked = {
      reason: 'escalation',
      findings: { order: 7 },
      instructions: 'Be brief.',
      payload: { amount: 1 },
      scope: ['refund'],
      deadlineAt: '2126-01-01T00:00:00Z',
      metadata: { ticket: 3 },
    };
    const body = { ...refund, ...asked, limits: { maxTokens: 9_000 } };
    await open.post(body, { ...waiting, traceparent });
    await open.post({ ...refund, traceparent: traceparent.replace('-01', '-00') }, { traceparent });
    await open.post(refund, { traceparent: 'nonsense' });
    await expect.poll(() => billing.received.length).toBe(3);
    const [first, second, third] = billing.received.map(({ context }) => context);
    expect(first).toMatchObject({ ...asked, traceparent, remaining: { tokens: 9_000 } });
    expect(second?.traceparent).toBe(traceparent.replace('-01', '-00'));
    expect(third?.traceparent).toBeUndefined();
    expect(billing.received[0]?.options.origin).toBe('unverified');
  });

  it('ends a handoff after the timeoutMs in its address', async () => {
    const { ask } = await openDesk();
    const response = await ask('/handoffs?timeoutMs=20', {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait' },
      body: JSON.stringify({ target: 'slow', task: 'x' }),
    });
    expect([response.status, await response.json()]).toMatchObject([
      504,
      { code: 'DEADLINE_EXCEEDED' },
    ]);
    for (const wrong of ['0', '-1', '1.5', 'x', '']) {
      expect((await ask(`/handoffs?timeoutMs=${wrong}`, { method: 'POST' })).status).toBe(400);
    }
  });

  it('continues a task of the caller, and nobody else’s', async () => {
    const { post } = await openDesk();
    const parent = idOf(await post(refund, waiting));
    const mine = await post({ target: 'broken', task: 'x', parent }, waiting);
    expect(await mine.json()).toMatchObject({ code: 'AGENT_FAILED' });
    const theirs = await post({ target: 'broken', task: 'x', parent }, waiting, 'eve');
    const nothing = await post({ target: 'broken', task: 'x', parent: 'nothing' }, waiting, 'eve');
    expect([theirs.status, nothing.status]).toEqual([404, 404]);
    const said = JSON.stringify(await theirs.json()).replaceAll(parent, 'nothing');
    expect(said).toBe(JSON.stringify(await nothing.json()));
  });

  it.each<[string, unknown, RegExp]>([
    ['a list', [refund], /not an object/],
    ['null', null, /not an object/],
    ['a source', { ...refund, source: 'broken' }, /no field "source"/],
    ['a handoff id', { ...refund, handoffId: 'x' }, /no field "handoffId"/],
    ['no target', { task: 'x' }, /target/],
    ['a target that is no text', { target: 7, task: 'x' }, /target/],
    ['no task', { target: 'billing' }, /task/],
    ['a blank task', { target: 'billing', task: ' ' }, /originalTask is blank/],
    ['a parent that is no text', { ...refund, parent: { handoffId: 'x' } }, /parent/],
    ['limits that are a list', { ...refund, limits: [] }, /limits/],
    ['an unknown limit', { ...refund, limits: { maxFun: 1 } }, /maxFun/],
    ['a limit of 0', { ...refund, limits: { maxTokens: 0 } }, /maxTokens/],
    ['a limit of half a token', { ...refund, limits: { maxTokens: 0.5 } }, /maxTokens/],
    ['half a surrogate pair', '{"target":"billing","task":"x\\ud800"}', /surrogate/],
    ['a reason that is none', { ...refund, reason: 'boredom' }, /reason/],
    ['a scope that is a number', { ...refund, scope: -1 }, /scope/],
    ['a scope that is text', { ...refund, scope: 'read*' }, /scope/],
    ['a deadline that can be no text', { ...refund, deadlineAt: { toString: 1 } }, /deadlineAt/],
  ])('refuses %s', async (_name, body, message) => {
    const { post, faults, manager } = await openDesk();
    const response = await post(typeof body === 'string' ? body : JSON.stringify(body));
    const problem = (await response.json()) as { detail: string };
    expect([response.status, problem]).toMatchObject([400, { code: 'INVALID_CONTEXT' }]);
    expect(problem.detail).toMatch(message);
    expect(faults).toEqual([]);
    expect(await manager.history()).toEqual([]);
  });

  it('takes a context as it is, as a task of its own', async () => {
    const { ask } = await openDesk();
    const context = createHandoffContext({
      sourceAgentId: 'clerk',
      targetAgentId: 'billing',
      originalTask: 'x',
      handoffChain: ['clerk'],
    });
    const send = (as: string, key?: string) =>
      ask('/handoffs', {
        as,
        method: 'POST',
        headers: {
          'content-type': 'application/vnd.handoff+json',
          prefer: 'wait',
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(context),
      });
    const result = (await (await send('ada')).json()) as Record<string, string>;
    expect(result).toMatchObject({ status: 'completed', sourceAgentId: 'clerk' });
    expect(result['taskId']).not.toBe(context.taskId);
    // The same work is the same handoff; that of another caller, or under another key, is not.
    const ids = [await send('ada'), await send('eve'), await send('ada', 'k')].map(idOf);
    expect(ids[0]).toBe(result['handoffId']);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('Idempotency-Key', () => {
  it('makes one handoff of many requests, at the same time and in two processes', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: 'ok' });
    const store = memoryStore();
    open = await desk([billing], { manage: { store } });
    const other = await desk([billing], { manage: { store } });
    const key = { 'idempotency-key': 'order-1182', ...waiting };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 ? (open as Desk) : other).post(refund, key)),
    );
    await other.close();
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(billing.received).toHaveLength(1);
  });

  it('is one caller’s: another’s is another handoff', async () => {
    const { post } = await openDesk();
    const key = { 'idempotency-key': 'order-1182' };
    expect(idOf(await post(refund, key))).not.toBe(idOf(await post(refund, key, 'eve')));
  });

  it('refuses other work under the same key, and a key that is none', async () => {
    const { post } = await openDesk();
    const key = { 'idempotency-key': 'order-1182' };
    await post(refund, key);
    const other = await post({ ...refund, task: 'Something else' }, key);
    expect([other.status, await other.json()]).toMatchObject([400, { code: 'INVALID_CONTEXT' }]);
    for (const wrong of ['', ' ', 'x'.repeat(256), 'a b']) {
      expect((await post(refund, { 'idempotency-key': wrong })).status).toBe(400);
    }
  });
});

describe('a stranger', () => {
  const paths = ['', '/events', '/custody'] as const;

  it('learns nothing of the handoffs of others: not even that there are any', async () => {
    const { post, ask } = await openDesk();
    const id = idOf(await post(refund, waiting));
    for (const path of paths) {
      const theirs = await ask(`/handoffs/${id}${path}`, { as: 'eve' });
      const nothing = await ask(`/handoffs/nothing${path}`, { as: 'eve' });
      expect([theirs.status, nothing.status]).toEqual([404, 404]);
      const said = (await theirs.text()).replaceAll(id, 'nothing');
      expect(said).toBe(await nothing.text());
      expect((await ask(`/handoffs/${id}${path}`)).status).toBe(200);
    }
  });

  it('cancels nothing', async () => {
    const { post, ask, manager } = await openDesk();
    const id = idOf(await post({ target: 'slow', task: 'x' }));
    const refused = await ask(`/handoffs/${id}/cancel`, { as: 'eve', method: 'POST' });
    expect(refused.status).toBe(404);
    expect((await manager.get(id))?.endedAt).toBeUndefined();
    const cancelled = await ask(`/handoffs/${id}/cancel`, { method: 'POST' });
    expect([cancelled.status, await cancelled.json()]).toMatchObject([
      200,
      { status: 'cancelled' },
    ]);
  });

  it('sees no task that code has opened for nobody', async () => {
    const { ask, manager } = await openDesk();
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    expect((await ask(`/handoffs/${handoffId}`)).status).toBe(404);
  });

  it('who is nobody gets 401, and a challenge', async () => {
    const { url } = await openDesk({ challenge: 'Basic realm="agents"' });
    const response = await fetch(`${url}/agents/handoffs/x`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="agents"');
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each([{ id: '' }, { id: 7 }, {}, null, 'ada', true])('%j is nobody', async (caller) => {
    const { ask } = await openDesk({ authenticate: () => caller as never });
    expect((await ask('/handoffs/x')).status).toBe(401);
  });
});

describe('authorize', () => {
  it('is asked for everything, with what it needs to decide', async () => {
    const asked: object[] = [];
    const { post, ask } = await openDesk({
      authorize: ({ request, caller, ...rest }) => {
        asked.push({ ...rest, caller: caller.id, method: request.method });
        return true;
      },
    });
    const id = idOf(await post(refund, waiting));
    await post({ target: 'broken', task: 'x', parent: id });
    for (const path of ['', '/events', '/custody'])
      await (await ask(`/handoffs/${id}${path}`)).text();
    await ask(`/handoffs/${id}/cancel`, { method: 'POST' });
    const common = { caller: 'ada', handoffId: id, owner: 'ada', targetAgentId: 'billing' };
    expect(asked).toEqual([
      { action: 'create', caller: 'ada', method: 'POST', targetAgentId: 'billing' },
      { action: 'create', caller: 'ada', method: 'POST', owner: 'ada', targetAgentId: 'broken' },
      { ...common, action: 'read', method: 'GET' },
      { ...common, action: 'read', method: 'GET' },
      { ...common, action: 'custody', method: 'GET' },
      { ...common, action: 'cancel', method: 'POST' },
    ]);
  });

  it('refuses work with 403, and all else with 404', async () => {
    let allowed = true;
    const { post, ask } = await openDesk({ authorize: () => allowed });
    const id = idOf(await post(refund, waiting));
    allowed = false;
    expect((await post(refund)).status).toBe(403);
    expect((await ask(`/handoffs/${id}`)).status).toBe(404);
  });

  it('opens the tasks of others only in so many words', async () => {
    let answer: unknown = true;
    const { post, ask } = await openDesk({ authorize: () => answer as boolean });
    const id = idOf(await post(refund, waiting));
    const statusFor = async (given: unknown): Promise<number> => {
      answer = given;
      return (await ask(`/handoffs/${id}`, { as: 'eve' })).status;
    };
    for (const closed of [true, {}, { beyondOwner: false }, { beyondOwner: 'yes' }, 1, 'yes']) {
      expect(await statusFor(closed)).toBe(404);
    }
    expect(await statusFor({ beyondOwner: true })).toBe(200);
    answer = { beyondOwner: true };
    expect((await post({ target: 'broken', task: 'x', parent: id }, {}, 'eve')).status).toBe(202);
    for (const no of [false, undefined, null, 0, 1, 'no', 'yes']) {
      answer = no;
      expect((await ask(`/handoffs/${id}`)).status).toBe(404);
    }
  });

  it('that bounds the scope finds one that is no list refused', async () => {
    const { post, faults } = await openDesk({ authorize: () => ({ scope: ['refund'] }) });
    for (const scope of ['refund*', 7, {}, null]) {
      const response = await post({ ...refund, scope });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'INVALID_CONTEXT', details: { path: 'scope' } },
      ]);
    }
    expect(faults).toEqual([]);
  });

  it('says how far the content is trusted, and bounds scope and limits', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: 'ok' });
    open = await desk([billing], {
      limits: { maxTokens: 800 },
      authorize: () => ({ origin: 'verified', scope: ['refund'], limits: { maxHandoffs: 2 } }),
    });
    await open.post({ ...refund, scope: ['refund', 'delete'] }, waiting);
    await open.post({ ...refund, limits: { maxTokens: 900, maxHandoffs: 1 } }, waiting);
    const [first, second] = billing.received;
    expect(first?.options.origin).toBe('verified');
    expect(first?.context).toMatchObject({
      scope: ['refund'],
      remaining: { tokens: 800, handoffs: 2 },
    });
    expect(second?.context).toMatchObject({
      scope: ['refund'],
      remaining: { tokens: 800, handoffs: 1 },
    });
  });
});

describe('methods and addresses', () => {
  it.each([
    ['/handoffs', 'GET', 'POST, OPTIONS'],
    ['/handoffs/x', 'POST', 'GET, HEAD, OPTIONS'],
    ['/handoffs/x', 'DELETE', 'GET, HEAD, OPTIONS'],
    ['/handoffs/x/cancel', 'GET', 'POST, OPTIONS'],
    ['/handoffs/x/events', 'PUT', 'GET, HEAD, OPTIONS'],
  ])('%s does not take %s', async (path, method, allow) => {
    const { ask } = await openDesk();
    const response = await ask(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const options = await ask(path, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, allow]);
  });

  it.each([
    '',
    '/',
    '/handoff',
    '/handoffs/',
    '/handoffs/x/',
    '/handoffs/x/y',
    '/handoffs/a%2Fb',
    '/handoffs/..%2f',
    '/handoffs/%',
  ])('there is nothing at %s', async (path) => {
    const { ask } = await openDesk();
    const response = await ask(path);
    expect([response.status, await response.json()]).toMatchObject([404, { status: 404 }]);
  });

  it('HEAD says what GET would, without a body', async () => {
    const { post, ask } = await openDesk();
    const id = idOf(await post(refund, waiting));
    for (const path of ['', '/events', '/custody', '/nothing']) {
      const head = await ask(`/handoffs/${id}${path}`, { method: 'HEAD' });
      const get = await ask(`/handoffs/${id}${path}`);
      expect(head.status).toBe(get.status);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(await head.text()).toBe('');
      await get.text();
    }
  });

  it('runs below any path, and behind a server that takes a part of it away', async () => {
    const manager = createHandoffManager({ agents: agents() });
    const options = { manager, publicUrl: 'https://example.com/a/b/', authenticate: whoIsAsking };
    const send = (handler: (request: Request) => Promise<Response>, url: string) =>
      handler(
        new Request(url, {
          method: 'POST',
          headers: { authorization: 'Bearer ada', 'content-type': 'application/json' },
          body: JSON.stringify(refund),
        }),
      );
    const handler = createHandoffHandler(options);
    const response = await send(handler, 'https://10.0.0.1/a/b/handoffs');
    expect(response.headers.get('location')).toMatch(
      /^https:\/\/example\.com\/a\/b\/handoffs\/\S+$/,
    );
    expect((await send(handler, 'https://10.0.0.1/handoffs')).status).toBe(404);
    const stripped = createHandoffHandler({ ...options, basePath: '/' });
    expect((await send(stripped, 'https://10.0.0.1/handoffs')).status).toBe(202);
    expect(handler.handles('/a/b/handoffs')).toBe(true);
    expect(handler.handles('/a/b/other')).toBe(false);
    expect(handler.handles('http://[')).toBe(false);
  });

  it.each<[string, object]>([
    ['no authenticate', { authenticate: undefined }],
    ['a publicUrl that is none', { publicUrl: '/agents' }],
    ['a publicUrl of another kind', { publicUrl: 'ftp://example.com' }],
    ['a publicUrl with a query', { publicUrl: 'https://example.com/?a' }],
    ['a body of 0 bytes', { maxBodyBytes: 0 }],
    ['a heartbeat of half a millisecond', { heartbeatMs: 0.5 }],
    ['a wait of -1', { maxWaitMs: -1 }],
    ['a body timeout of NaN', { bodyTimeoutMs: Number.NaN }],
  ])('is not made with %s', (_name, wrong) => {
    const manager = createHandoffManager({ agents: agents() });
    const options = {
      manager,
      publicUrl: 'https://example.com',
      authenticate: whoIsAsking,
      ...wrong,
    };
    expect(() => createHandoffHandler(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIGURATION' }),
    );
  });
});

describe('a server that fails', () => {
  it.each([
    [
      'authenticate',
      {
        authenticate: () => {
          throw new Error('canary-secret');
        },
      },
    ],
    [
      'authorize',
      {
        authorize: () => {
          throw new Error('canary-secret');
        },
      },
    ],
  ])('says nothing of why %s threw, and tells the one who runs it', async (_name, broken) => {
    const { post, faults } = await openDesk(broken as never);
    const response = await post(refund);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/canary|stack|\.ts/);
    expect(faults).toMatchObject([{ message: 'canary-secret' }]);
  });
});
