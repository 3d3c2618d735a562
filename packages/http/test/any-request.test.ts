import { createHandoffContext, createPersonAgent } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { sampled } from './sampled.ts';

let there: Desk | undefined;
afterEach(() => there?.close());

const context = createHandoffContext({
  sourceAgentId: 'user',
  targetAgentId: 'billing',
  originalTask: 'x',
});
const bases = {
  handoff: { target: 'billing', task: 'x' },
  run: { entry: 'billing', input: 'x' },
  approve: { type: 'approve' },
  deny: { type: 'deny', reason: 'x' },
  answer: { type: 'answer', output: 'x' },
  context,
} as const satisfies Record<string, object>;
const workFields = [
  ...['deadlineAt', 'findings', 'instructions', 'limits', 'metadata', 'parent', 'payload'],
  ...['reason', 'scope', 'traceparent'],
];
const fields = [
  ...workFields,
  ...new Set(Object.values(bases).flatMap((base) => Object.keys(base))),
  ...['afterTurn', 'data', 'deadlineAt', 'instructions', 'keyMessages', 'limits', 'parent'],
  ...['payload', 'threadId', 'traceparent', '__proto__', 'constructor'],
];
/** What no field takes, or few do. */
const oddities: readonly unknown[] = [
  ...[null, true, -1, 1.5, 1e308, 2 ** 60, '', ' ', '*', 'a*', '\ud800', '__proto__', 'user'],
  ...[[], [[]], [null], {}, ['*'], ['refund'], { toString: 1 }, { a: { valueOf: [] } }],
];
const odd = fc.oneof(fc.constantFrom(...oddities), fc.jsonValue({ maxDepth: 3 }));

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

/** An address, and a body that it takes. */
const aimed = fc.constantFrom(
  ['POST', '/handoffs', 'application/json', bases.handoff],
  ['POST', '/handoffs', 'application/json', bases.handoff],
  ['POST', '/handoffs', 'application/vnd.handoff+json', bases.context],
  ['POST', '/runs', 'application/json', bases.run],
  ['POST', '/handoffs/WAITING/resume', 'application/json', bases.approve],
  ['POST', '/handoffs/WAITING/resume', 'application/json', bases.deny],
  ['POST', '/handoffs/WAITING/resume', 'application/json', bases.answer],
);
const anything = fc.tuple(method, path, type, fc.constantFrom(...Object.values(bases)));
const target = fc.oneof(aimed, anything);
/** Some of the body's fields are anything; it may end before its end. */
const wrong = fc.array(fc.tuple(fc.constantFrom(...fields), odd), { minLength: 1, maxLength: 3 });
const cut = fc.option(fc.nat(60), { freq: 8 });

function written(base: object, others: readonly (readonly [string, unknown])[]): string {
  // By entries, so that __proto__ is a key like others.
  const members = [...new Map<string, unknown>([...Object.entries(base), ...others])];
  return `{${members.map((pair) => pair.map((part) => JSON.stringify(part)).join(':')).join()}}`;
}

/** Agents that answer, fail and wait. */
async function openDesk(permitted: () => unknown): Promise<Desk> {
  there = await desk(
    [
      scriptedAgent({ id: 'billing', replies: 'ok' }),
      scriptedAgent({ id: 'broken', replies: new Error('no') }),
      createPersonAgent({ id: 'lead' }),
    ],
    {
      authorize: ({ action }) => (action === 'create' ? (permitted() as boolean) : true),
      maxWaitMs: 500,
    },
  );
  return there;
}

/** Ada's, which waits. */
async function waitingAt({ manager }: Desk): Promise<string> {
  const asked = { target: 'lead', task: 'x' };
  return (await manager.executeHandoff(asked, { principal: 'ada' })).handoffId;
}

/** Of whatever was asked: nobody's fault, no word of how it is made, and JSON. */
async function expectAnswer({ faults }: Desk, response: Response, asked: string): Promise<void> {
  const said = await response.text();
  expect([200, 202, 204, 400, 403, 404, 405, 409, 412, 413, 415, 429, 502, 504], asked).toContain(
    response.status,
  );
  expect(said, asked).not.toMatch(/node_modules|\.ts:\d|<html/);
  if (response.status >= 400 && said !== '') {
    expect(JSON.parse(said)).toMatchObject({ status: response.status });
  }
  expect(faults, asked).toEqual([]);
}

it.each([true, { scope: ['refund'], limits: { maxTokens: 5_000 } }])(
  'each field of each body may be anything: permitted %j',
  async (permitted) => {
    const opened = await openDesk(() => permitted);
    const bodies = [
      ['/handoffs', 'application/json', bases.handoff, workFields],
      ['/runs', 'application/json', bases.run, [...workFields, 'threadId', 'afterTurn']],
      ['/handoffs', 'application/vnd.handoff+json', bases.context, ['payload', 'deadlineAt']],
      ['/handoffs/WAITING/resume', 'application/json', bases.answer, ['data', 'findings']],
    ] as const;
    for (const [path, contentType, base, more] of bodies) {
      for (const field of new Set([...Object.keys(base), ...more])) {
        await Promise.all(
          oddities.map(async (value) => {
            const waits = path.includes('WAITING') ? await waitingAt(opened) : '';
            const body = written(base, [[field, value]]);
            const response = await opened.ask(path.replace('WAITING', waits), {
              method: 'POST',
              headers: { 'content-type': contentType },
              body,
            });
            await expectAnswer(opened, response, `${path} ${body}`);
          }),
        );
      }
    }
  },
);

const sample = sampled(2_000, 200);

it(`whatever is asked is answered as described, and no fault of the server: seed ${sample.seed}`, async () => {
  let permitted: unknown = true;
  const opened = await openDesk(() => permitted);
  const { manager, ask } = opened;
  const work = { target: 'billing', task: 'x' };
  const done = await manager.executeHandoff(work, { principal: 'ada' });
  await fc.assert(
    fc.asyncProperty(target, query, headers, wrong, cut, permission, async (...given) => {
      const [[as, at, contentType, base], asked, more, others, end, may] = given;
      const text = written(base, others).slice(0, end ?? undefined);
      permitted = may;
      const waiting = await waitingAt(opened);
      const address = at.replace('WAITING', waiting).replace('DONE', done.handoffId);
      // A stream of what still waits would have no end.
      const until =
        address.includes('/events') && !asked.includes('until') ? '?until=waiting' : asked;
      const response = await ask(address + until, {
        method: as,
        headers: { 'content-type': contentType, ...more },
        ...(as === 'GET' || as === 'HEAD' ? {} : { body: text }),
      });
      await expectAnswer(opened, response, `${as} ${address}${until} ${text}`);
      // Whatever waits is told by GET /pending each time.
      for (const { handoffId } of await manager.pending()) await manager.cancel(handoffId);
    }),
    sample,
  );
  for (const { taskId } of await manager.history({ last: 50 })) {
    expect(await manager.verify(taskId)).toMatchObject({ intact: true });
  }
});
