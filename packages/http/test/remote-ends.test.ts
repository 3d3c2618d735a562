import {
  createHandoffManager,
  createPersonAgent,
  type HandoffAgent,
  type HandoffManager,
  type HandoffManagerOptions,
  type Policy,
} from '@agent-handoff/core';
import { manualClock, scriptedAgent } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createRemoteAgent } from '../src/index.ts';
import { type Desk, desk, remoteOf } from './desk.ts';

const open: Desk[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const task = 'Refund order 1182';
const askFirst: Policy = { name: 'ask-first', decide: () => ({ requireApproval: 'money moves' }) };

/** Another process, in which a person is asked; ada may decide there, too. */
const openDesk = async (options: Parameters<typeof desk>[1] = {}): Promise<Desk> => {
  const opened = await desk([createPersonAgent({ id: 'billing' })], {
    authorize: () => true,
    ...options,
  });
  open.push(opened);
  return opened;
};

/** This process. */
const managerOf = (
  agents: readonly HandoffAgent[],
  options: Partial<HandoffManagerOptions> = {},
): HandoffManager => createHandoffManager({ agents, ...options });

/** A handoff that waits over there, and here for it. */
const waitingFor = async (here: HandoffManager): Promise<string> => {
  const { status, handoffId } = await here.executeHandoff({ target: 'billing', task });
  expect(status).toBe('awaiting-approval');
  return handoffId;
};
const typesIn = async (manager: HandoffManager): Promise<readonly string[]> => {
  const [entry] = await manager.history();
  return (await manager.store.readTask(entry?.taskId ?? '')).map(({ type }) => type);
};

describe('a decision about a remote agent that waits', () => {
  it('that denies is a denial there, with its reason', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    const result = await here.resume(id, { type: 'deny', reason: 'Too late.' }, { by: 'boss' });
    expect(result).toMatchObject({
      status: 'rejected',
      error: { code: 'APPROVAL_DENIED', message: expect.stringContaining('by boss: Too late.') },
    });
    expect(await there.manager.history()).toMatchObject([
      {
        status: 'rejected',
        decidedBy: 'ada',
        result: { error: { message: expect.stringContaining('Too late.') } },
      },
    ]);
    const decided = ['approval-requested', 'approval-decided', 'rejected'];
    expect(await typesIn(here)).toEqual(['requested', 'accepted', ...decided]);
    expect(await typesIn(there.manager)).toEqual(['requested', 'accepted', ...decided]);
  });

  it('that answers is the answer there, with its findings', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    const answer = { type: 'answer', output: 'We may.', findings: { limit: 500 } } as const;
    const stream = here.streamResume(id, answer, { by: 'boss' });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['approval-decided', 'completed', 'task-finished']);
    expect(await stream.result).toMatchObject({
      status: 'completed',
      output: 'We may.',
      findings: { billing: { limit: 500 } },
    });
    expect(await stream.handoff).toMatchObject({ handoffId: id });
    expect(await there.manager.history()).toMatchObject([
      { status: 'completed', result: { output: 'We may.', findings: { billing: { limit: 500 } } } },
    ]);
  });

  it('that cancels ends the work there, and can be said twice', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    expect(await here.cancel(id)).toMatchObject({ status: 'cancelled' });
    expect(await here.cancel(id)).toMatchObject({ status: 'cancelled' });
    expect(await there.manager.history()).toMatchObject([{ status: 'cancelled' }]);
    expect((await typesIn(there.manager)).filter((type) => type === 'cancelled')).toHaveLength(1);
  });

  it('reaches it from the work that waits for it', async () => {
    const there = await openDesk();
    const triage: HandoffAgent = {
      id: 'triage',
      name: 'triage',
      canDelegateTo: ['billing'],
      async receiveHandoff(_context, { tools = [], signal = new AbortController().signal } = {}) {
        const [delegate] = tools;
        const answer = await delegate?.execute({ task }, { toolCallId: 'c1', signal });
        return { status: 'completed', output: String(answer?.output) };
      },
    };
    const here = managerOf([triage, remoteOf(there)]);
    const waiting = await here.executeHandoff({ target: 'triage', task });
    expect(waiting.status).toBe('awaiting-approval');
    await here.cancel(waiting.handoffId);
    expect((await here.history()).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(await there.manager.history()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('goes over three processes', async () => {
    const last = await openDesk();
    const middle = await desk([remoteOf(last)], { authorize: () => true });
    open.push(middle);
    const here = managerOf([remoteOf(middle)]);
    const id = await waitingFor(here);
    await here.resume(id, { type: 'deny' });
    for (const { manager, faults } of [middle, last]) {
      expect(await manager.history()).toMatchObject([{ status: 'rejected' }]);
      expect(faults).toEqual([]);
    }
  });

  it('is about this process alone where a policy here holds the work back', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)], { policies: [askFirst] });
    for (const act of ['deny', 'cancel'] as const) {
      const id = await waitingFor(here);
      await (act === 'deny' ? here.resume(id, { type: act }) : here.cancel(id));
    }
    expect((await here.history()).map(({ status }) => status)).toEqual(['rejected', 'cancelled']);
    expect(await there.manager.history()).toEqual([]);
  });

  it('is not taken where somebody there has decided otherwise, and is told what stands', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    const [entry] = await there.manager.history();
    await there.manager.resume(entry?.handoffId ?? '', { type: 'answer', output: 'Done.' });
    for (const decision of [{ type: 'deny' }, { type: 'answer', output: 'Not done.' }] as const) {
      await expect(here.resume(id, decision)).rejects.toMatchObject({
        code: 'AGENT_FAILED',
        retryable: false,
        details: { agentId: 'billing', standing: 'completed' },
      });
    }
    expect((await here.get(id))?.status).toBe('awaiting-approval');
    expect(await here.resume(id, { type: 'approve' })).toMatchObject({ output: 'Done.' });
  });

  it('that got there before this process died is recorded when it is made again', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    const [entry] = await there.manager.history();
    await there.manager.resume(entry?.handoffId ?? '', { type: 'deny' }, { by: 'ada' });
    expect(await here.resume(id, { type: 'deny' })).toMatchObject({ status: 'rejected' });
    expect(
      (await typesIn(there.manager)).filter((type) => type === 'approval-decided'),
    ).toHaveLength(1);
  });

  it('is one on both sides, also where two are made at once', async () => {
    const there = await openDesk();
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    await Promise.allSettled([
      here.resume(id, { type: 'deny' }),
      here.resume(id, { type: 'answer', output: 'We may.' }),
    ]);
    const [mine] = await here.history();
    const [theirs] = await there.manager.history();
    expect(mine?.status).toBe(theirs?.status);
    expect(mine?.status).toBeOneOf(['rejected', 'completed']);
    expect((await typesIn(here)).filter((type) => type === 'approval-decided')).toHaveLength(1);
  });

  it('is not taken where the other side lets this caller decide nothing', async () => {
    const there = await openDesk({ authorize: ({ action }) => action !== 'resume' });
    const here = managerOf([remoteOf(there)]);
    const id = await waitingFor(here);
    await expect(here.resume(id, { type: 'deny' })).rejects.toMatchObject({
      code: 'AGENT_FAILED',
      retryable: false,
      details: { agentId: 'billing', decision: 'deny', status: 404 },
    });
    expect((await here.get(id))?.status).toBe('awaiting-approval');
    expect(await there.manager.history()).toMatchObject([{ status: 'awaiting-approval' }]);
  });

  it('whose data is none is passed on to nobody', async () => {
    const there = await openDesk();
    const dataSchema = z.object({ limit: z.number() });
    const here = managerOf([remoteOf(there, { dataSchema })]);
    const id = await waitingFor(here);
    const answer = { type: 'answer', output: 'x', data: { limit: 'one' } } as const;
    await expect(here.resume(id, answer)).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
    expect(await there.manager.history()).toMatchObject([{ status: 'awaiting-approval' }]);
    await here.resume(id, { ...answer, data: { limit: 1 } });
    expect(await there.manager.history()).toMatchObject([{ result: { data: { limit: 1 } } }]);
  });
});

describe('an end that nobody decided', () => {
  const endedThere = async ({ manager }: Desk, count = 1): Promise<void> => {
    await expect
      .poll(async () => (await manager.history()).map(({ status }) => status))
      .toEqual(Array(count).fill('cancelled'));
    expect(await manager.pending()).toEqual([]);
  };

  it('reaches the other side where its time to be decided is over here', async () => {
    const there = await openDesk();
    const clock = manualClock({ now: Date.now() });
    const here = managerOf([remoteOf(there)], { clock, approvalTimeoutMs: 60_000 });
    const id = await waitingFor(here);
    clock.advance(60_001);
    expect(await here.pending()).toEqual([]);
    expect(await here.get(id)).toMatchObject({
      status: 'failed',
      result: { error: { code: 'DEADLINE_EXCEEDED' } },
    });
    await endedThere(there);
  });

  it.each(['any', { quorum: 1 }] as const)(
    'reaches a branch that waits and is not needed any more: join %j',
    async (join) => {
      const there = await openDesk();
      let answer = (_: string): void => {};
      const answered = new Promise<string>((resolve) => {
        answer = resolve;
      });
      const legal = scriptedAgent({ id: 'legal', replies: async () => answered });
      const here = managerOf([remoteOf(there), legal]);
      const joining = here.parallelHandoff({ targets: ['billing', 'legal'], task, join });
      await expect.poll(async () => (await here.pending()).length).toBe(1);
      answer('Fine.');
      expect(await joining).toMatchObject({ status: 'completed', output: 'Fine.' });
      await endedThere(there);
    },
  );

  it('reaches the work of a parent that went on without it and failed', async () => {
    const there = await openDesk();
    const triage: HandoffAgent = {
      id: 'triage',
      name: 'triage',
      canDelegateTo: ['billing'],
      resumable: false,
      async receiveHandoff(_context, { tools = [], signal = new AbortController().signal } = {}) {
        await tools[0]?.execute({ task }, { toolCallId: 'c1', signal });
        throw new Error('no patience');
      },
    };
    const here = managerOf([triage, remoteOf(there)]);
    const result = await here.executeHandoff({ target: 'triage', task });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'AGENT_FAILED' } });
    await endedThere(there);
  });

  it('reaches it from a process that never called it, where the one that did is gone', async () => {
    const there = await openDesk();
    const gone = managerOf([remoteOf(there)]);
    const id = await waitingFor(gone);
    const here = managerOf([remoteOf(there)], { store: gone.store });
    await here.cancel(id);
    await endedThere(there);
  });

  it('reaches work whose first answer was lost, and that nobody here knows the address of', async () => {
    const there = await openDesk();
    let lost = 0;
    const agent = createRemoteAgent({
      id: 'billing',
      url: `${there.url}/agents`,
      headers: { authorization: 'Bearer ada' },
      allowedOrigins: [there.url],
      allowHttp: true,
      maxRetries: 0,
      fetch: async (address, init) => {
        const response = await fetch(address, init);
        if (lost++ > 0) return response;
        await response.body?.cancel();
        throw new TypeError('fetch failed');
      },
    });
    const here = managerOf([agent]);
    expect(await here.executeHandoff({ target: 'billing', task })).toMatchObject({
      status: 'failed',
      error: { code: 'AGENT_FAILED' },
    });
    await endedThere(there);
  });

  it('stands where the other side is gone', async () => {
    const there = await openDesk();
    const clock = manualClock({ now: Date.now() });
    const here = managerOf([remoteOf(there, { maxRetries: 0 })], { clock });
    const id = await waitingFor(here);
    await there.close();
    clock.advance(8 * 86_400_000);
    expect(await here.pending()).toEqual([]);
    await expect(here.cancel(id)).rejects.toMatchObject({ code: 'AGENT_FAILED', retryable: true });
    expect(await here.get(id)).toMatchObject({ status: 'failed' });
    const [entry] = await here.history();
    expect(await here.verify(entry?.taskId ?? '')).toMatchObject({ intact: true });
  });

  it('goes over three processes', async () => {
    const last = await openDesk();
    const middle = await desk([remoteOf(last)], { authorize: () => true });
    open.push(middle);
    const clock = manualClock({ now: Date.now() });
    const here = managerOf([remoteOf(middle)], { clock });
    await waitingFor(here);
    clock.advance(8 * 86_400_000);
    await here.pending();
    await endedThere(middle);
    await endedThere(last);
    expect([...middle.faults, ...last.faults]).toEqual([]);
  });
});

describe('where the other side', () => {
  /** A remote agent whose connections can be led elsewhere. */
  const switched = ({ url }: Desk) => {
    let to: string | undefined = url;
    const agent = createRemoteAgent({
      id: 'billing',
      url: `${url}/agents`,
      headers: { authorization: 'Bearer ada' },
      allowedOrigins: [url],
      allowHttp: true,
      maxRetries: 0,
      fetch: (address, init) => {
        if (to === undefined) return Promise.reject(new TypeError('fetch failed'));
        return fetch(String(address).replace(url, to), init);
      },
    });
    return {
      agent,
      lead: (other: string | undefined) => {
        to = other;
      },
    };
  };

  it("can't be reached, a denial throws and changes nothing; a cancellation stands, and says so", async () => {
    const there = await openDesk();
    const { agent, lead } = switched(there);
    const here = managerOf([agent]);
    const [denied, cancelled] = [await waitingFor(here), await waitingFor(here)];
    lead(undefined);
    const unreached = {
      code: 'AGENT_FAILED',
      retryable: true,
      message: expect.stringMatching(/did not reach the other side of "billing": .*be reached/),
    };
    await expect(here.resume(denied, { type: 'deny' })).rejects.toMatchObject(unreached);
    await expect(here.streamResume(denied, { type: 'deny' }).result).rejects.toMatchObject(
      unreached,
    );
    await expect(here.cancel(cancelled)).rejects.toMatchObject(unreached);
    const statuses = async (manager: HandoffManager) =>
      (await manager.history()).map(({ status }) => status);
    expect(await statuses(here)).toEqual(['awaiting-approval', 'cancelled']);
    expect(await statuses(there.manager)).toEqual(['awaiting-approval', 'awaiting-approval']);

    lead(there.url);
    await here.resume(denied, { type: 'deny' });
    await here.cancel(cancelled);
    expect(await statuses(here)).toEqual(['rejected', 'cancelled']);
    expect(await statuses(there.manager)).toEqual(['rejected', 'cancelled']);
  });

  it("can't be reached by an approval, which fails here, a cancellation ends it there later", async () => {
    const there = await openDesk();
    const { agent, lead } = switched(there);
    const here = managerOf([agent]);
    const id = await waitingFor(here);
    lead(undefined);
    expect(await here.resume(id, { type: 'approve' })).toMatchObject({
      status: 'failed',
      error: { code: 'AGENT_FAILED', retryable: true },
    });
    lead(there.url);
    expect(await there.manager.history()).toMatchObject([{ status: 'awaiting-approval' }]);
    expect(await here.cancel(id)).toMatchObject({ status: 'failed' });
    expect(await there.manager.history()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('has forgotten the work, nothing is begun there', async () => {
    const there = await openDesk();
    const { agent, lead } = switched(there);
    const here = managerOf([agent]);
    const id = await waitingFor(here);
    const forgetful = await openDesk();
    lead(forgetful.url);
    await expect(here.resume(id, { type: 'deny' })).rejects.toMatchObject({
      code: 'AGENT_FAILED',
      retryable: false,
      details: { status: 412 },
    });
    expect((await here.get(id))?.status).toBe('awaiting-approval');
    expect(await here.cancel(id)).toMatchObject({ status: 'cancelled' });
    expect(await forgetful.manager.history()).toEqual([]);
  });
});

it('If-Match: * never begins anything', async () => {
  const there = await openDesk();
  const context = await createHandoffManager({
    agents: [createPersonAgent({ id: 'billing' })],
  }).createHandoff({ target: 'billing', task });
  const send = (ifMatch: Record<string, string>, type = 'application/vnd.handoff+json') =>
    there.post(type.includes('vnd') ? context : { target: 'billing', task }, {
      'content-type': type,
      prefer: 'wait',
      ...ifMatch,
    });
  expect((await send({ 'if-match': '*' })).status).toBe(412);
  expect((await send({ 'if-match': '"tag"' })).status).toBe(412);
  expect((await send({ 'if-match': '*' }, 'application/json')).status).toBe(412);
  expect(await there.manager.history()).toEqual([]);
  const begun = await send({});
  const again = await send({ 'if-match': '*' });
  expect([begun.status, again.status]).toEqual([202, 202]);
  expect(again.headers.get('location')).toBe(begun.headers.get('location'));
});
