import {
  createHandoffManager,
  createPersonAgent,
  memoryStore,
  type Policy,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { AuthorizeRequest, Permission } from '../src/index.ts';
import { type Desk, desk, remoteOf } from './desk.ts';
import { readEvents } from './server-sent-events.ts';

const open: Desk[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Lea decides about everything; everybody else about nothing. */
const leaDecides = ({ action, caller }: AuthorizeRequest): boolean | Permission =>
  action === 'resume' ? caller.id === 'lea' && { beyondOwner: true } : true;
const askFirst: Policy = {
  name: 'ask-first',
  decide: ({ context }) =>
    context.targetAgentId === 'billing' ? { requireApproval: 'money moves' } : 'permit',
};
const refund = { target: 'billing', task: 'Refund order 1182' };
const json = { 'content-type': 'application/json' };

const openDesk = async (options: Parameters<typeof desk>[1] = {}) => {
  const billing = scriptedAgent({ id: 'billing', replies: 'Refunded.' });
  const opened = await desk([billing, createPersonAgent({ id: 'lead' })], {
    authorize: leaDecides,
    ...options,
    manage: { policies: [askFirst], ...options.manage },
  });
  open.push(opened);
  const decide = (id: string, decision: unknown, as = 'lea', headers = {}): Promise<Response> =>
    opened.ask(`/handoffs/${id}/resume`, {
      as,
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(decision),
    });
  return { ...opened, billing, decide };
};
const waitingIn = async ({ post }: Desk, body: object = refund): Promise<string> => {
  const response = await post(body, { prefer: 'wait' });
  expect(response.status).toBe(202);
  const { status, handoffId } = (await response.json()) as { status: string; handoffId: string };
  expect(status).toBe('awaiting-approval');
  return handoffId;
};

describe('POST /handoffs/:id/resume', () => {
  it('lets work go on that was approved, by whoever authenticate says', async () => {
    const there = await openDesk();
    const id = await waitingIn(there);
    const response = await there.decide(id, { type: 'approve' }, 'lea', { prefer: 'wait' });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { status: 'completed', decidedBy: 'lea', result: { output: 'Refunded.' } },
    ]);
    expect(there.billing.received).toHaveLength(1);
    expect(there.faults).toEqual([]);
  });

  it('answers at once where nobody waits, and events tell the rest', async () => {
    const there = await openDesk();
    const id = await waitingIn(there);
    const following = readEvents(await there.ask(`/handoffs/${id}/events`));
    const until = await there.ask(`/handoffs/${id}/events?until=waiting`);
    expect((await readEvents(until)).map(({ type }) => type)).toEqual([
      'requested',
      'approval-requested',
      'result',
    ]);
    expect((await there.decide(id, { type: 'approve' })).status).toBeOneOf([200, 202]);
    expect((await following).map(({ type }) => type)).toEqual([
      'requested',
      'approval-requested',
      'approval-decided',
      'accepted',
      'output-delta',
      'completed',
      'task-finished',
      'result',
    ]);
    expect((await there.ask(`/handoffs/${id}/events?until=noon`)).status).toBe(400);
  });

  it('ends work that was denied, and takes an answer in its place', async () => {
    const there = await openDesk();
    const denied = await waitingIn(there);
    const no = await there.decide(denied, { type: 'deny', reason: 'Too late.' });
    expect([no.status, await no.json()]).toMatchObject([
      200,
      { status: 'rejected', result: { error: { code: 'APPROVAL_DENIED' } } },
    ]);
    const asked = await waitingIn(there, { target: 'lead', task: 'May we?' });
    const answer = { type: 'answer', output: 'We may.', findings: { limit: 500 } };
    const yes = await there.decide(asked, answer, 'lea', { prefer: 'wait' });
    expect(await yes.json()).toMatchObject({
      status: 'completed',
      result: { output: 'We may.', findings: { lead: { limit: 500 } } },
    });
    expect(there.billing.received).toEqual([]);
  });

  it('decides once: a second decision is 409, with the one that stands', async () => {
    const store = memoryStore();
    const there = await openDesk({
      manage: { store },
      authorize: ({ action }) => action !== 'resume' || { beyondOwner: true },
    });
    const id = await waitingIn(there);
    const callers = ['lea', 'bob', 'eve', 'joe', 'kim'];
    const answers = await Promise.all(
      callers.map((as) => there.decide(id, { type: 'approve' }, as, { prefer: 'wait' })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 409, 409, 409, 409]);
    const first = callers[statuses.indexOf(200)];
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(await answer.json()).toMatchObject({
        type: 'about:blank',
        title: 'Conflict',
        details: { decision: 'approve', decidedBy: first, handoffId: id },
      });
    }
    const late = await there.decide(id, { type: 'deny' }, first);
    expect([late.status, await late.json()]).toMatchObject([
      409,
      { details: { decision: 'approve', decidedBy: first, status: 'completed' } },
    ]);
    expect(there.billing.received).toHaveLength(1);
  });

  it('is 409 for what waits for nobody', async () => {
    const there = await openDesk({ manage: { policies: [] } });
    const { handoffId } = (await (await there.post(refund, { prefer: 'wait' })).json()) as never;
    const response = await there.decide(handoffId, { type: 'approve' });
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { details: { status: 'completed' } },
    ]);
  });

  it.each<[unknown, RegExp]>([
    [{}, /type/],
    [{ type: 'yes' }, /"approve"/],
    [[], /not an object/],
    [{ type: 'approve', by: 'lea' }, /no field "by"/],
    [{ type: 'approve', output: 'x' }, /no field "output"/],
    [{ type: 'deny', reason: 7 }, /reason/],
    [{ type: 'answer' }, /output/],
    [{ type: 'answer', output: 'x', findings: [] }, /findings/],
    [{ type: 'answer', output: 'x', confidence: 2 }, /confidence/],
    [{ type: 'answer', output: 'x', confidence: '1' }, /confidence/],
  ])('refuses %j, and the handoff waits on', async (decision, problem) => {
    const there = await openDesk();
    const id = await waitingIn(there);
    const response = await there.decide(id, decision);
    const { detail } = (await response.json()) as { detail: string };
    expect([response.status, detail]).toEqual([400, expect.stringMatching(problem)]);
    expect((await there.manager.get(id))?.status).toBe('awaiting-approval');
  });

  it('is 404 for strangers, and for an owner who may not decide', async () => {
    const there = await openDesk();
    const id = await waitingIn(there);
    for (const as of ['eve', 'ada']) {
      const refused = await there.decide(id, { type: 'approve' }, as);
      const nothing = await there.decide('nothing', { type: 'approve' }, as);
      expect([refused.status, nothing.status]).toEqual([404, 404]);
      const said = (await refused.text()).replaceAll(id, 'nothing');
      expect(said).toBe(await nothing.text());
    }
    expect((await there.manager.get(id))?.status).toBe('awaiting-approval');
  });

  it('is 404 for everybody where nobody said who may decide', async () => {
    const { authorize: _, ...options } = { authorize: undefined };
    const there = await openDesk({ ...options, authorize: undefined as never });
    const id = await waitingIn(there);
    expect((await there.decide(id, { type: 'approve' }, 'ada')).status).toBe(404);
    expect(await (await there.ask('/pending')).json()).toEqual({ handoffs: [] });
  });
});

describe('GET /pending', () => {
  it('shows what waits to those who may decide about it, and to nobody else', async () => {
    const there = await openDesk();
    const id = await waitingIn(there);
    const person = await waitingIn(there, { target: 'lead', task: 'May we?' });
    const seenBy = async (as: string) =>
      ((await (await there.ask('/pending', { as })).json()) as { handoffs: object[] }).handoffs;
    expect(await seenBy('lea')).toMatchObject([
      { handoffId: id, status: 'awaiting-approval', context: { originalTask: refund.task } },
      { handoffId: person, expiresAt: expect.any(String) },
    ]);
    expect(await seenBy('ada')).toEqual([]);
    await there.decide(id, { type: 'deny' });
    expect(await seenBy('lea')).toMatchObject([{ handoffId: person }]);
  });
});

describe('a remote agent that waits over there', () => {
  it('waits here, and goes on there when it is approved here', async () => {
    const there = await openDesk({
      authorize: ({ action, caller }) => action !== 'resume' || caller.id === 'ada',
    });
    const here = createHandoffManager({ agents: [remoteOf(there)] });
    const waiting = await here.executeHandoff({ target: 'billing', task: 'Refund order 1182' });
    expect(waiting).toMatchObject({
      status: 'awaiting-approval',
      error: { details: { output: expect.stringContaining('money moves') } },
    });
    const [entry] = await there.manager.history();
    expect(entry?.status).toBe('awaiting-approval');
    const result = await here.resume(waiting.handoffId, { type: 'approve' }, { by: 'boss' });
    expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    expect(await there.manager.get(entry?.handoffId ?? '')).toMatchObject({
      status: 'completed',
      decidedBy: 'ada',
    });
    expect(there.billing.received).toHaveLength(1);
  });

  it('takes a decision that was made there for what it is', async () => {
    const there = await openDesk();
    const here = createHandoffManager({ agents: [remoteOf(there)] });
    const waiting = await here.executeHandoff({ target: 'billing', task: 'Refund order 1182' });
    const [entry] = await there.manager.history();
    await there.decide(entry?.handoffId ?? '', { type: 'deny', reason: 'No.' });
    const result = await here.resume(waiting.handoffId, { type: 'approve' }, { by: 'boss' });
    expect(result).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('denied by lea: No.') },
    });
    expect(there.billing.received).toEqual([]);
  });

  it('whose caller may not decide there fails, and waits there on', async () => {
    const there = await openDesk();
    const here = createHandoffManager({ agents: [remoteOf(there)] });
    const waiting = await here.executeHandoff({ target: 'billing', task: 'Refund order 1182' });
    const result = await here.resume(waiting.handoffId, { type: 'approve' }, { by: 'boss' });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'AGENT_FAILED' } });
    expect((await there.manager.history())[0]?.status).toBe('awaiting-approval');
  });
});
