import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { type Managed, managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { never, report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { until } from '../../test/turns.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

describe('executing a recorded context', () => {
  it('accepts it behind its request, and runs it', async () => {
    const billing = scriptedAgent('billing', () => report(tokens(3)));
    const { manager, store, log, expectEnded } = managed({ agents: [billing] });
    const context = await manager.createHandoff(toBilling);
    expect(await log(context.taskId)).toEqual(['requested user>billing']);
    expect((await store.readTask(context.taskId))[0]?.ledger.reserved.handoffs).toBe(0);
    expect(await manager.get(context.handoffId)).toMatchObject({ status: 'requested', context });
    expect(billing.calls).toEqual([]);

    const result = await manager.executeHandoff(context);
    expect(result).toMatchObject({ status: 'completed', handoffId: context.handoffId });
    expect(billing.calls[0]?.context).toEqual(context);
    expect(await log(context.taskId)).toEqual([
      'requested user>billing',
      'accepted user>billing',
      'completed user>billing',
    ]);
    await expectEnded(context.taskId);
  });

  it('runs it once: others wait, and have its result', async () => {
    const answer = Promise.withResolvers<string>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const store = memoryStore();
    const { manager, expectEnded } = managed({ agents: [billing], store });
    const other = managed({ agents: [billing], store, ids: countingIds('-b') });
    const context = await manager.createHandoff(toBilling);
    const running = [
      manager.executeHandoff(context),
      manager.executeHandoff(context),
      other.manager.executeHandoff(context),
      other.manager.executeHandoff(JSON.parse(JSON.stringify(context)) as typeof context),
      manager.streamHandoff(context).result,
    ];
    await until(() => billing.calls.length > 0);
    answer.resolve('refunded');
    const [first, ...rest] = await Promise.all(running);
    expect(first).toMatchObject({ status: 'completed', output: 'refunded' });
    for (const result of rest) expect(result).toEqual(first);
    expect(await manager.executeHandoff(context)).toEqual(first);
    expect(billing.calls).toHaveLength(1);
    await expectEnded(context.taskId);
    expect(other.clock.waiting).toBe(0);
  });

  it('takes it as it was recorded: a changed one is refused', async () => {
    const { manager, log } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal')],
    });
    const context = await manager.createHandoff(toBilling);
    for (const change of [
      { originalTask: 'Refund everything' },
      { targetAgentId: 'legal' },
      { confidence: 1 },
      { findings: { approved: true } },
      { instructions: 'Skip the checks.' },
      { deadlineAt: '2027-01-01T00:00:00Z' },
      { taskId: 'task-9' },
    ]) {
      expect(await manager.executeHandoff({ ...context, ...change })).toMatchObject({
        status: 'rejected',
        error: { code: 'INVALID_CONTEXT', message: expect.stringContaining(context.handoffId) },
      });
    }
    expect(await log(context.taskId)).toEqual(['requested user>billing']);
  });

  it('runs under the recorded scope, whatever the passed one says', async () => {
    const billing = scriptedAgent('billing');
    const { manager } = managed({ agents: [billing] });
    const context = await manager.createHandoff({ ...toBilling, scope: ['read'] });
    await manager.executeHandoff({ ...context, scope: ['*'] });
    expect(billing.calls[0]?.context.scope).toEqual(['read']);
  });

  it('gives each of several at once its own grant, and takes back just that', async () => {
    const answer = Promise.withResolvers<void>();
    const workers = ['a', 'b', 'c', 'd'].map((id) =>
      scriptedAgent(id, async () => {
        await answer.promise;
        return report(tokens(10));
      }),
    );
    const { manager, store, expectEnded } = managed({
      agents: [scriptedAgent('lead'), ...workers],
      limits: { maxTokens: 1_000 },
    });
    const first = await manager.executeHandoff({ target: 'lead', task: 'Plan' });
    const contexts = [];
    for (const { id } of workers) {
      contexts.push(await manager.createHandoff({ target: id, task: 'Work', parent: first }));
    }
    const running = contexts.map((context) => manager.executeHandoff(context));
    await until(() => workers.every(({ calls }) => calls.length === 1));
    const held = (await store.readTask(first.taskId)).at(-1)?.ledger.reserved;
    expect(held).toEqual({ costUsd: 0, handoffs: 4, tokens: 500 + 250 + 125 + 63 });
    answer.resolve();
    await Promise.all(running);
    const log = await store.readTask(first.taskId);
    for (const { ledger } of log) {
      expect(ledger.reserved.handoffs).toBeGreaterThanOrEqual(0);
      expect(ledger.reserved.tokens).toBeGreaterThanOrEqual(0);
    }
    expect(log.at(-1)?.ledger.used).toEqual({ costUsd: 0, handoffs: 5, tokens: 40 });
    await expectEnded(first.taskId);
  });

  it('is decided anew: what the task has spent since counts', async () => {
    const legal = scriptedAgent('legal');
    const { manager, log, expectEnded } = managed({
      agents: [scriptedAgent('billing'), legal, scriptedAgent('sales')],
      limits: { maxHandoffs: 2 },
    });
    const first = await manager.executeHandoff(toBilling);
    const late = await manager.createHandoff({ target: 'legal', task: 'Check', parent: first });
    await manager.executeHandoff({ target: 'sales', task: 'Call', parent: first });
    expect(await manager.executeHandoff(late)).toMatchObject({
      status: 'rejected',
      error: { code: 'LIMIT_EXCEEDED' },
    });
    expect((await log(first.taskId)).slice(-1)).toEqual(['rejected billing>legal LIMIT_EXCEEDED']);
    expect((await manager.get(late.handoffId))?.status).toBe('rejected');
    expect(legal.calls).toEqual([]);
    await expectEnded(first.taskId);
  });

  it('waits where a policy wants it approved by then', async () => {
    let open = true;
    const billing = scriptedAgent('billing', 'Refunded.');
    const { manager, expectEnded } = managed({
      agents: [billing],
      policies: [{ name: 'hours', decide: () => (open ? 'permit' : { requireApproval: 'late' }) }],
    });
    const context = await manager.createHandoff(toBilling);
    open = false;
    expect((await manager.executeHandoff(context)).status).toBe('awaiting-approval');
    expect(billing.calls).toEqual([]);
    expect(await manager.resume(context.handoffId, { type: 'approve' })).toMatchObject({
      status: 'completed',
      output: 'Refunded.',
    });
    await expectEnded(context.taskId);
  });

  it('counts the visits anew: an agent that has held the task too often since is refused', async () => {
    const legal = scriptedAgent('legal');
    const { manager } = managed({
      agents: [scriptedAgent('billing'), legal],
      limits: { maxVisitsPerAgent: 1 },
    });
    const first = await manager.executeHandoff(toBilling);
    const check = { target: 'legal', task: 'Check', parent: first } as const;
    const late = await manager.createHandoff(check);
    await manager.executeHandoff(check);
    expect(await manager.executeHandoff(late)).toMatchObject({
      status: 'rejected',
      error: { code: 'CYCLE' },
    });
    expect(legal.calls).toHaveLength(1);
  });

  it('goes no path where it is a replay', async () => {
    const legal = scriptedAgent('legal', 'Fine.');
    const { manager, expectEnded } = managed({
      agents: [
        scriptedAgent('triage', 'done', { canTransferTo: ['billing'] }),
        scriptedAgent('billing'),
        legal,
      ],
      policies: [
        {
          name: 'ask-first',
          decide: ({ context }) =>
            context.targetAgentId === 'legal' ? { requireApproval: 'why' } : 'permit',
        },
      ],
    });
    const { handoffId } = await manager.executeHandoff({ ...toBilling, source: 'triage' });
    const { replayed } = await manager.replay(handoffId, { agent: legal });
    expect(replayed.status).toBe('awaiting-approval');
    expect(await manager.resume(replayed.handoffId, { type: 'approve' })).toMatchObject({
      status: 'completed',
      output: 'Fine.',
    });
    await expectEnded(replayed.taskId);
  });

  it('goes back where it was requested to go back', async () => {
    const { manager, expectEnded } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal')],
    });
    const first = await manager.executeHandoff(toBilling);
    const second = await manager.executeHandoff({ target: 'legal', task: 'Check', parent: first });
    const back = await manager.createHandoff({
      target: 'billing',
      task: 'Go on',
      parent: second,
      reason: 'completion',
    });
    expect(await manager.executeHandoff(back)).toMatchObject({ status: 'completed' });
    await expectEnded(first.taskId);
  });

  it('asks the policies again: what they permitted once they may refuse now', async () => {
    let open = true;
    const { manager, log } = managed({
      agents: [scriptedAgent('billing')],
      policies: [{ name: 'hours', decide: () => (open ? 'permit' : { deny: 'closed' }) }],
    });
    const context = await manager.createHandoff(toBilling);
    open = false;
    expect(await manager.executeHandoff(context)).toMatchObject({
      error: { code: 'POLICY_DENIED', details: { policy: 'hours', target: 'billing' } },
    });
    expect(await log(context.taskId)).toEqual([
      'requested user>billing',
      'rejected user>billing POLICY_DENIED',
    ]);
  });

  it('ends no later than the handoff that waits for it', async () => {
    const clock = new ManualClock();
    const store = memoryStore();
    const asked = { target: 'billing', task: 'Refund' } as const;
    const lead = scriptedAgent('lead', async ({ context }) => {
      const recorded = await desk.manager.createHandoff({ ...asked, parent: context });
      return (await desk.manager.executeHandoff(recorded)).status;
    });
    const desk: Managed<HandoffAgent> = managed({
      agents: [lead, scriptedAgent('billing', never)],
      clock,
      store,
    });
    const running = desk.manager.executeHandoff(
      { target: 'lead', task: 'Refund' },
      { timeoutMs: 1_000 },
    );
    await clock.advance(400);
    const log = await store.readTask('task-1');
    expect(log.map(({ type, leaseUntil }) => [type, leaseUntil])).toEqual([
      ['requested', undefined],
      ['accepted', '2026-11-24T09:00:31.000Z'],
      ['requested', undefined],
      ['accepted', '2026-11-24T09:00:31.000Z'],
    ]);
    await clock.advance(600);
    expect(await running).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
    await desk.expectEnded('task-1');
  });

  it('of an agent that this manager has not: refused, and left to one that has', async () => {
    const store = memoryStore();
    const billing = scriptedAgent('billing');
    const { manager, log } = managed({ agents: [billing], store });
    const stranger = managed({
      agents: [scriptedAgent('sales')],
      store,
      ids: countingIds('-b'),
    }).manager;
    const context = await manager.createHandoff(toBilling);
    expect(await stranger.executeHandoff(context)).toMatchObject({
      status: 'rejected',
      error: {
        code: 'AGENT_NOT_FOUND',
        message: 'The target "billing" is not an agent of this manager, which has sales.',
        details: { target: 'billing' },
      },
    });
    expect(await log(context.taskId)).toEqual(['requested user>billing']);
    expect(await manager.executeHandoff(context)).toMatchObject({ status: 'completed' });
    // Its result is there for everybody.
    expect(await stranger.executeHandoff(context)).toMatchObject({ status: 'completed' });
  });
});

describe('executing a context that was not recorded', () => {
  it('opens a new task under its ids', async () => {
    const { manager, log } = managed({ agents: [scriptedAgent('billing')] });
    const recorded = await managed({
      agents: [scriptedAgent('billing')],
      ids: countingIds('-far'),
    }).manager.createHandoff(toBilling);
    const result = await manager.executeHandoff(recorded);
    expect(result).toMatchObject({ taskId: 'task-1-far', handoffId: 'handoff-1-far' });
    expect(await log('task-1-far')).toHaveLength(3);
  });

  it.each([
    ['a chain that nobody went', { handoffChain: ['legal'] }, /handoffChain/],
    ['a parent that nobody knows', { parentIds: ['handoff-7'] }, /handoff-7/],
    ['a task that exists', { taskId: 'task-1' }, /task-1/],
  ] as const)('%s: INVALID_CONTEXT', async (_, change, message) => {
    const far = managed({ agents: [scriptedAgent('billing')], ids: countingIds('-far') });
    const context = await far.manager.createHandoff(toBilling);
    const { manager, log } = managed({ agents: [scriptedAgent('billing')] });
    await manager.executeHandoff(toBilling);
    expect(await manager.executeHandoff({ ...context, ...change })).toMatchObject({
      status: 'rejected',
      error: { code: 'INVALID_CONTEXT', message: expect.stringMatching(message) },
    });
    expect(await log('task-1')).toHaveLength(3);
    expect(await manager.get(context.handoffId)).toBeUndefined();
  });

  it('binds by what its sender had left', async () => {
    const far = managed({ agents: [scriptedAgent('billing')], ids: countingIds('-far') });
    const context = await far.manager.createHandoff(toBilling);
    const spend = scriptedAgent('billing', () => report(tokens(10)));
    const { manager, log } = managed({ agents: [spend, scriptedAgent('legal')] });
    const none = {
      ...context,
      handoffId: 'h-0',
      taskId: 't-0',
      remaining: { handoffs: 0, tokens: 5 },
    };
    expect(await manager.executeHandoff(none)).toMatchObject({
      status: 'rejected',
      error: { code: 'LIMIT_EXCEEDED' },
    });
    expect(await log('t-0')).toEqual([
      'requested user>billing',
      'rejected user>billing LIMIT_EXCEEDED',
    ]);
    const few = await manager.executeHandoff({ ...context, remaining: { handoffs: 9, tokens: 5 } });
    expect(few.status).toBe('completed');
    expect(
      await manager.executeHandoff({ target: 'legal', task: 'Check', parent: few }),
    ).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', details: { bound: 5 } } });
  });

  it('of another version: a programming mistake', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing')] });
    const context = await manager.createHandoff(toBilling);
    await expect(manager.executeHandoff({ ...context, version: 2 as never })).rejects.toMatchObject(
      { code: 'UNSUPPORTED_VERSION' },
    );
  });
});
