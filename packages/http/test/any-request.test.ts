import { createHandoffContext, createPersonAgent } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { sampled } from './sampled.ts';

let there: Desk | undefined;
afterAll(() => there?.close());

const context = createHandoffContext({
  sourceAgentId: 'user',
  targetAgentId: 'billing',
  originalTask: 'x',
});
const bases: readonly object[] = [
  { target: 'billing', task: 'x' },
  { entry: 'billing', input: 'x' },
  { type: 'approve' },
  { type: 'deny', reason: 'x' },
  { type: 'answer', output: 'x' },
  context,
];
const fields = [
  ...new Set(bases.flatMap((base) => Object.keys(base))),
  ...['afterTurn', 'data', 'deadlineAt', 'instructions', 'keyMessages', 'limits', 'parent'],
  ...['payload', 'threadId', 'traceparent', '__proto__', 'constructor'],
];
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1.5,
    1e308,
    '',
    '*',
    'a*',
    '\ud800',
    '__proto__',
    'user',
  ),
  fc.constantFrom<unknown>([], {}, ['*'], ['refund'], { toString: 1 }, { valueOf: [] }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A body that is nearly right: some of its fields are anything. */
const body = fc
  .tuple(
    fc.constantFrom(...bases),
    fc.array(fc.tuple(fc.constantFrom(...fields), odd), { maxLength: 3 }),
    fc.option(fc.nat(60), { freq: 8 }),
  )
  .map(([base, wrong, cut]) => {
    // By entries, so that __proto__ is a key like others.
    const entries = new Map<string, unknown>([...Object.entries(base), ...wrong]);
    const members = [...entries].map(
      ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
    );
    return `{${members.join()}}`.slice(0, cut ?? undefined);
  });

const id = fc.constantFrom(
  'WAITING',
  'DONE',
  'nothing',
  '%',
  '%00',
  'a%2fb',
  '__proto__',
  'x'.repeat(200),
);
const path = fc.oneof(
  fc.constantFrom('/handoffs', '/handoffs', '/runs', '/pending', '/', '/x'),
  fc
    .tuple(id, fc.constantFrom('', '/events', '/custody', '/cancel', '/resume'))
    .map(([at, rest]) => `/handoffs/${at}${rest}`),
  fc.tuple(id, fc.constantFrom('', '/events', '/cancel')).map(([at, rest]) => `/runs/${at}${rest}`),
  id.map((at) => `/threads/${at}`),
);
const query = fc.constantFrom('', '', '', '?timeoutMs=500', '?timeoutMs=x', '?until=waiting', '?%');
const headers = fc.record(
  {
    accept: fc.constantFrom('text/event-stream;q=0', '*/*', ',,;'),
    'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
    'idempotency-key': fc.constantFrom('k', 'k2', 'a b', ''),
    'if-match': fc.constantFrom('*', '"x"', ''),
    'last-event-id': fc.constantFrom('1', '99', 'x', ''),
    prefer: fc.constantFrom('wait', 'wait=0', 'wait=x', ';;,,', 'respond-async'),
    traceparent: fc.constantFrom('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x'),
  },
  { requiredKeys: [] },
);
const type = fc.constantFrom(
  'application/json',
  'application/json',
  'application/vnd.handoff+json',
  'text/plain',
);
const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'DELETE', 'PUT', 'HEAD', 'OPTIONS');
const permission = fc.constantFrom(
  true,
  false,
  { scope: ['refund'] },
  { scope: [] },
  { limits: { maxTokens: 5_000 } },
);

const sample = sampled(2_000, 200);

it(`whatever is asked is answered as described, and no fault of the server: seed ${sample.seed}`, async () => {
  let permitted: unknown = true;
  const opened = await desk(
    [
      scriptedAgent({ id: 'billing', replies: 'ok' }),
      scriptedAgent({ id: 'broken', replies: new Error('no') }),
      createPersonAgent({ id: 'lead' }),
    ],
    {
      authorize: ({ action }) => (action === 'create' ? (permitted as boolean) : true),
      maxWaitMs: 500,
    },
  );
  there = opened;
  const { manager, faults, ask } = opened;
  const asAda = { principal: 'ada' };
  const done = await manager.executeHandoff({ target: 'billing', task: 'x' }, asAda);
  await fc.assert(
    fc.asyncProperty(method, path, query, headers, type, body, permission, async (...given) => {
      const [as, at, asked, more, contentType, text, may] = given;
      permitted = may;
      const waiting = await manager.executeHandoff({ target: 'lead', task: 'x' }, asAda);
      const address = at.replace('WAITING', waiting.handoffId).replace('DONE', done.handoffId);
      // A stream of what still waits would have no end.
      const until = address.includes('/events') && asked === '' ? '?until=waiting' : asked;
      const response = await ask(address + until, {
        method: as,
        headers: { 'content-type': contentType, ...more },
        ...(as === 'GET' || as === 'HEAD' ? {} : { body: text }),
      });
      const said = await response.text();
      expect([200, 202, 204, 400, 403, 404, 405, 409, 412, 413, 415, 429, 502, 504]).toContain(
        response.status,
      );
      expect(said).not.toMatch(/node_modules|\.ts:\d|<html/);
      if (response.status >= 400 && as !== 'HEAD')
        expect(JSON.parse(said)).toMatchObject({ status: response.status });
      expect(faults).toEqual([]);
      // Whatever waits is told by GET /pending each time.
      for (const { handoffId } of await manager.pending()) await manager.cancel(handoffId);
    }),
    sample,
  );
  for (const { taskId } of await manager.history({ last: 50 })) {
    expect(await manager.verify(taskId)).toMatchObject({ intact: true });
  }
});
