import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import {
  never,
  report,
  type Script,
  scriptedAgent,
  untilAborted,
} from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { inProcessEngine } from '../execution/in-process-engine.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';
import type { HandoffManager } from './handoff-manager.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;
const cancelled = { status: 'cancelled', success: false, error: { code: 'CANCELLED' } } as const;
const cancelledLog = [
  'requested user>billing',
  'accepted user>billing',
  'cancelled user>billing CANCELLED',
];

function desk(script: Script | string = never, store: HandoffStore = memoryStore()) {
  const billing = scriptedAgent('billing', script);
  return { billing, ...managed({ agents: [billing, scriptedAgent('legal')], store }) };
}

/** A store that does something of the test's choosing at the n-th append. */
function atAppend(n: number, act: () => unknown, when: 'before' | 'after'): HandoffStore {
  const store = faultyStore(memoryStore());
  return {
    ...store,
    async append(...args) {
      const now = store.callsOf('append') + 1 === n;
      if (now && when === 'before') await act();
      const answer = await store.append(...args);
      if (now && when === 'after') await act();
      return answer;
    },
  };
}

describe('a caller who aborts', () => {
  const ways: [string, (manager: HandoffManager, signal: AbortSignal) => Promise<unknown>][] = [
    ['executeHandoff', (manager, signal) => manager.executeHandoff(toBilling, { signal })],
    ['submitHandoff', (manager, signal) => manager.submitHandoff(toBilling, { signal })],
    ['streamHandoff', (manager, signal) => manager.streamHandoff(toBilling, { signal }).result],
    [
      'chainHandoff',
      (manager, signal) =>
        manager.chainHandoff({ targets: ['billing'], task: 'Refund' }, { signal }),
    ],
  ];
  it.each(ways)('before %s: cancelled, and nothing is written or called', async (_, run) => {
    const { manager, billing, store } = desk();
    expect(await run(manager, AbortSignal.abort())).toMatchObject(cancelled);
    expect(billing.calls).toEqual([]);
    expect((await store.query({})).handoffs).toEqual([]);
  });

  it('before a replay: cancelled, and nothing is written', async () => {
    const { manager, billing } = desk('done');
    const { handoffId } = await manager.executeHandoff(toBilling);
    const { replayed } = await manager.replay(handoffId, { signal: AbortSignal.abort() });
    expect(replayed).toMatchObject(cancelled);
    expect(billing.calls).toHaveLength(1);
    expect(await manager.history()).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)(
    'while it opens, %s its records are written: cancelled, and the agent is not called',
    async (when) => {
      const controller = new AbortController();
      const { manager, billing, log, expectEnded } = desk(
        'done',
        atAppend(1, () => controller.abort(), when),
      );
      const result = await manager.executeHandoff(toBilling, { signal: controller.signal });
      expect(result).toMatchObject(cancelled);
      expect(billing.calls).toEqual([]);
      expect(await log(result.taskId)).toEqual(cancelledLog);
      await expectEnded(result.taskId);
    },
  );

  it('before a decision: cancelled, and nothing is decided', async () => {
    const { manager } = managed({ agents: [createPersonAgent({ id: 'billing' })] });
    const { handoffId } = await manager.executeHandoff(toBilling);
    const signal = AbortSignal.abort();
    for (const type of ['approve', 'deny'] as const) {
      expect(await manager.resume(handoffId, { type }, { signal })).toMatchObject(cancelled);
    }
    expect(await manager.pending()).toMatchObject([{ handoffId }]);
  });

  it('while a policy decides: cancelled, and the agent is not called', async () => {
    const controller = new AbortController();
    const billing = scriptedAgent('billing');
    const { manager, log } = managed({
      agents: [billing],
      policies: [
        {
          name: 'slow',
          async decide() {
            controller.abort();
            await turns(3);
            return 'permit' as const;
          },
        },
      ],
    });
    const result = await manager.executeHandoff(toBilling, { signal: controller.signal });
    expect(result).toMatchObject(cancelled);
    expect(billing.calls).toEqual([]);
    expect(await log(result.taskId)).toEqual(cancelledLog);
  });

  it.each([
    ['that never answers', never],
    ['that listens', untilAborted],
  ])('while an agent runs %s: cancelled at once', async (_, script) => {
    const controller = new AbortController();
    const { manager, billing, log, expectEnded } = desk(script);
    const running = manager.executeHandoff(toBilling, { signal: controller.signal });
    await until(() => billing.calls.length === 1);
    controller.abort(new Error('the user left'));
    const result = await running;
    expect(result).toMatchObject({ ...cancelled, finalConfidence: 0 });
    expect(billing.calls[0]?.options.signal?.aborted).toBe(true);
    expect(await log(result.taskId)).toEqual(cancelledLog);
    await expectEnded(result.taskId);
    expect(await manager.get(result.handoffId)).toMatchObject({
      status: 'cancelled',
      endedAt: '2026-11-24T09:00:00.000Z',
      result,
    });
  });

  it('twice, or after the end: changes nothing', async () => {
    const controller = new AbortController();
    const { manager, log } = desk('done');
    const result = await manager.executeHandoff(toBilling, { signal: controller.signal });
    controller.abort();
    controller.abort();
    await turns();
    expect(await manager.get(result.handoffId)).toMatchObject({ status: 'completed' });
    expect(await log(result.taskId)).toHaveLength(3);
  });

  it('while it closes: what the agent answered stands', async () => {
    const controller = new AbortController();
    const { manager, log } = desk(
      'done',
      atAppend(2, () => controller.abort(), 'before'),
    );
    const result = await manager.executeHandoff(toBilling, { signal: controller.signal });
    expect(result).toMatchObject({ status: 'completed', output: 'done' });
    expect(await log(result.taskId)).toHaveLength(3);
  });

  it('while the engine takes the run: cancelled', async () => {
    const controller = new AbortController();
    const clock = new ManualClock();
    const inner = inProcessEngine({ clock });
    const billing = scriptedAgent('billing', never);
    const { manager, log } = managed({
      agents: [billing],
      clock,
      engine: {
        ...inner,
        async submit(...args) {
          await inner.submit(...args);
          controller.abort();
        },
      },
    });
    const result = await manager.executeHandoff(toBilling, { signal: controller.signal });
    expect(result).toMatchObject(cancelled);
    expect(billing.calls).toEqual([]);
    expect(await log(result.taskId)).toEqual(cancelledLog);
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listening = 0;
    const counted = Object.create(signal, {
      aborted: { get: () => signal.aborted },
      addEventListener: { value: () => listening++ },
      removeEventListener: { value: () => listening-- },
    }) as AbortSignal;
    const { manager } = desk('done');
    await manager.executeHandoff(toBilling, { signal: counted });
    await manager.chainHandoff({ targets: ['billing', 'legal'], task: 'x' }, { signal: counted });
    expect(listening).toBe(0);
  });

  it('of a chain: ends its running step, and no other begins', async () => {
    const controller = new AbortController();
    const { manager, billing, log, expectEnded } = desk();
    const running = manager.chainHandoff(
      { targets: ['billing', 'legal'], task: 'Refund' },
      { signal: controller.signal },
    );
    await until(() => billing.calls.length === 1);
    controller.abort();
    const result = await running;
    expect(result).toMatchObject({ ...cancelled, steps: [{ status: 'cancelled' }] });
    expect(await log(result.taskId)).toEqual(cancelledLog);
    await expectEnded(result.taskId);
  });

  it('of a turn that waits for the one before it: it waits no more, and the order stays', async () => {
    const controller = new AbortController();
    const { manager, billing } = desk((received) =>
      received.call === 1 ? untilAborted(received) : `Answer ${received.call}`,
    );
    const turn = { entry: 'billing', threadId: 't' } as const;
    const first = manager.run({ ...turn, input: 'one' });
    await until(() => billing.calls.length === 1);
    const { signal } = controller;
    const second = manager.run({ ...turn, input: 'two' }, { signal });
    const third = manager.run({ ...turn, input: 'three' });
    await turns();
    controller.abort();
    expect(await second).toMatchObject(cancelled);
    await turns();
    expect(billing.calls).toHaveLength(1);
    await manager.cancel((await manager.history())[0]?.handoffId ?? '');
    expect(await first).toMatchObject(cancelled);
    expect(await third).toMatchObject({ status: 'completed', output: 'Answer 2' });
  });

  it('of a submitted handoff: it is cancelled in the background', async () => {
    const controller = new AbortController();
    const { manager, billing } = desk();
    const { handoffId } = await manager.submitHandoff(toBilling, { signal: controller.signal });
    await until(() => billing.calls.length === 1);
    controller.abort();
    await turns();
    expect(await manager.get(handoffId)).toMatchObject({ status: 'cancelled' });
  });

  it('of a submitted handoff, right after it was recorded: it does not stay open', async () => {
    const controller = new AbortController();
    const { manager, billing, store, expectEnded } = desk(
      never,
      atAppend(1, () => controller.abort(), 'after'),
    );
    await manager.submitHandoff(toBilling, { signal: controller.signal });
    await turns();
    expect(billing.calls).toEqual([]);
    const [handoff] = (await store.query({})).handoffs;
    expect(handoff?.at(-1)?.type).toBe('cancelled');
    await expectEnded(handoff?.[0]?.taskId as string);
  });
});

describe('cancel', () => {
  it('ends a handoff that was only requested; executing it then is too late', async () => {
    const { manager, billing, log, expectEnded } = desk();
    const context = await manager.createHandoff(toBilling);
    expect(await manager.cancel(context.handoffId)).toMatchObject({
      status: 'cancelled',
      endedAt: '2026-11-24T09:00:00.000Z',
      result: { ...cancelled, durationMs: 0 },
    });
    expect(await manager.executeHandoff(context)).toMatchObject(cancelled);
    expect(billing.calls).toEqual([]);
    expect(await log(context.taskId)).toEqual([
      'requested user>billing',
      'cancelled user>billing CANCELLED',
    ]);
    await expectEnded(context.taskId);
  });

  it('ends one that runs: agent, caller and log', async () => {
    const { manager, billing, log, clock, expectEnded } = desk();
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    await clock.advance(250);
    const [entry] = await manager.history();
    expect(entry?.status).toBe('running');
    const ended = await manager.cancel(entry?.handoffId as string);
    expect(ended).toMatchObject({ status: 'cancelled', result: { durationMs: 250 } });
    const result = await running;
    expect(result).toEqual(ended.result);
    expect(billing.calls[0]?.options.signal?.aborted).toBe(true);
    expect(await log(result.taskId)).toEqual(cancelledLog);
    await expectEnded(result.taskId);
  });

  it('twice, at once or later, and after the end: the first end stands', async () => {
    const { manager, billing, log } = desk();
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    const { handoffId, taskId } = (await manager.history())[0] as {
      handoffId: string;
      taskId: string;
    };
    const both = await Promise.all([manager.cancel(handoffId), manager.cancel(handoffId)]);
    expect(both[1]).toEqual(both[0]);
    expect(await manager.cancel(handoffId)).toEqual(both[0]);
    await running;
    expect(await log(taskId)).toEqual(cancelledLog);

    const done = desk('done');
    const result = await done.manager.executeHandoff(toBilling);
    expect(await done.manager.cancel(result.handoffId)).toMatchObject({
      status: 'completed',
      result,
    });
    expect(await done.log(result.taskId)).toHaveLength(3);
  });

  it('from another manager on the store: ends it, whoever runs it', async () => {
    const store = memoryStore();
    const answer = Promise.withResolvers<string>();
    const { manager, billing, log, expectEnded } = desk(() => answer.promise, store);
    const other = managed({ agents: [scriptedAgent('billing')], store, ids: countingIds('-b') });
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    const ended = await other.manager.cancel('handoff-1');
    expect(ended).toMatchObject({ status: 'cancelled', result: cancelled });
    answer.resolve('too late');
    expect(await running).toEqual(ended.result);
    expect(await log('task-1')).toEqual(cancelledLog);
    await expectEnded('task-1');
  });

  it('against an answer at the same moment: one end, the same for all', async () => {
    const answer = Promise.withResolvers<string>();
    const { manager, billing, log, expectEnded } = desk(() => answer.promise);
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    answer.resolve('done');
    const [ended, result] = await Promise.all([manager.cancel('handoff-1'), running]);
    expect(ended.result).toEqual(result);
    expect(await log('task-1')).toHaveLength(3);
    await expectEnded('task-1');
  });

  it('ends the handoffs that its target waits for, before they answer', async () => {
    let manager: HandoffManager;
    const legal = scriptedAgent('legal', never);
    const sales = scriptedAgent('sales', async ({ context }) => {
      const asked = { target: 'legal', task: 'Check', parent: context };
      return (await manager.executeHandoff(asked)).status;
    });
    const billing = scriptedAgent('billing', async ({ context }) => {
      const asked = { target: 'sales', task: 'Ask', parent: context };
      return (await manager.executeHandoff(asked)).status;
    });
    const agents: readonly HandoffAgent[] = [billing, sales, legal];
    const { log, expectEnded, ...made } = managed({ agents });
    manager = made.manager;
    const running = manager.executeHandoff(toBilling);
    await until(() => legal.calls.length === 1);
    await manager.cancel('handoff-1');
    expect(await running).toMatchObject(cancelled);
    await turns();
    for (const { calls } of [billing, sales, legal]) {
      expect(calls[0]?.options.signal?.aborted).toBe(true);
    }
    expect((await log('task-1')).filter((line) => line.startsWith('cancelled')).sort()).toEqual([
      'cancelled billing>sales CANCELLED',
      'cancelled sales>legal CANCELLED',
      'cancelled user>billing CANCELLED',
    ]);
    await expectEnded('task-1');
  });

  it('of one branch leaves its neighbours running', async () => {
    const answer = Promise.withResolvers<string>();
    const left = scriptedAgent('left', never);
    const right = scriptedAgent('right', () => answer.promise);
    const { manager, expectEnded } = managed({ agents: [scriptedAgent('lead'), left, right] });
    const first = await manager.executeHandoff({ target: 'lead', task: 'Plan' });
    const a = manager.executeHandoff({ target: 'left', task: 'x', parent: first });
    const b = manager.executeHandoff({ target: 'right', task: 'x', parent: first });
    await until(() => left.calls.length + right.calls.length === 2);
    await manager.cancel(left.calls[0]?.context.handoffId as string);
    expect(await a).toMatchObject(cancelled);
    expect(right.calls[0]?.options.signal?.aborted).toBe(false);
    answer.resolve('done');
    expect(await b).toMatchObject({ status: 'completed' });
    await expectEnded(first.taskId);
  });

  it('of what the store does not have: HANDOFF_NOT_FOUND', async () => {
    await expect(desk().manager.cancel('handoff-9')).rejects.toMatchObject({
      code: 'HANDOFF_NOT_FOUND',
      message: expect.stringContaining('"handoff-9"'),
    });
  });
});

describe('stop', () => {
  it('waits for what runs, and takes nothing new', async () => {
    const answer = Promise.withResolvers<string>();
    const { manager, billing } = desk(() => answer.promise);
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    let stopped = false;
    const stopping = manager.stop().then(() => {
      stopped = true;
    });
    await turns();
    expect(stopped).toBe(false);
    const refused = { status: 'failed', error: { code: 'INTERRUPTED', retryable: true } };
    expect(await manager.executeHandoff(toBilling)).toMatchObject(refused);
    expect(await manager.streamHandoff(toBilling).result).toMatchObject(refused);
    expect(await manager.chainHandoff({ targets: ['billing'], task: 'x' })).toMatchObject(refused);
    expect(await manager.submitHandoff(toBilling)).toMatchObject(refused);
    const kept = await manager.submitHandoff(toBilling, { idempotencyKey: 'k' });
    expect(kept).toMatchObject(refused);
    answer.resolve('done');
    expect((await running).status).toBe('completed');
    await stopping;
    // What was not taken doesn't stand there as if it would run, unless it can be asked for again.
    const open = await manager.history({ status: 'requested' });
    expect(open.map(({ handoffId }) => handoffId)).toEqual([kept.handoffId]);
    expect(billing.calls).toHaveLength(1);
    await manager.start();
    const again = await manager.executeHandoff(toBilling, { idempotencyKey: 'k' });
    expect(again).toMatchObject({ status: 'completed', handoffId: kept.handoffId });
  });

  it('drainMs: ends nothing that another process runs, and for which this one only waits', async () => {
    const answer = Promise.withResolvers<string>();
    const first = desk(() => answer.promise);
    const { store, clock } = first;
    const second = managed({ agents: [first.billing], store, clock, ids: countingIds('-b') });
    const key = { idempotencyKey: 'k' };
    const running = first.manager.executeHandoff(toBilling, key);
    await until(() => first.billing.calls.length === 1);
    const waiting = second.manager.executeHandoff(toBilling, key);
    await turns();
    const stopping = second.manager.stop({ drainMs: 1 });
    await clock.advance(1);
    await stopping;
    expect(await waiting).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
    answer.resolve('Refunded.');
    expect(await running).toMatchObject({ status: 'completed', output: 'Refunded.' });
    await first.expectEnded((await running).taskId);
  });

  it('drainMs: ends what it was about to take up', async () => {
    const inner = memoryStore();
    const held = Promise.withResolvers<void>();
    let reads = 0;
    const store: HandoffStore = {
      ...faultyStore(inner),
      async readTask(taskId) {
        // Once to find it, and then to take it up.
        if (++reads === 2) await held.promise;
        return inner.readTask(taskId);
      },
    };
    const { manager, billing, clock, log } = desk('done', store);
    const context = await manager.createHandoff(toBilling);
    const running = manager.executeHandoff(context);
    await until(() => reads === 2);
    const stopping = manager.stop({ drainMs: 1 });
    await clock.advance(1);
    held.resolve();
    await stopping;
    expect(await running).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
    expect(billing.calls).toEqual([]);
    expect(await log(context.taskId)).toEqual([
      'requested user>billing',
      'failed user>billing INTERRUPTED',
    ]);
  });

  it('drainMs: then ends what still runs as INTERRUPTED', async () => {
    const clock = new ManualClock();
    const billing = scriptedAgent('billing', never);
    const { manager, log, expectEnded } = managed({ agents: [billing], clock });
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    const stopping = manager.stop({ drainMs: 500 });
    await clock.advance(499);
    expect(billing.calls[0]?.options.signal?.aborted).toBe(false);
    await clock.advance(1);
    await stopping;
    const result = await running;
    expect(result).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
    expect(await log(result.taskId)).toEqual([
      'requested user>billing',
      'accepted user>billing',
      'failed user>billing INTERRUPTED',
    ]);
    await expectEnded(result.taskId);
  });

  it('start takes up work again; leaving a scope stops', async () => {
    const { manager } = desk('done');
    await manager.stop();
    await manager.start();
    expect((await manager.executeHandoff(toBilling)).status).toBe('completed');
    {
      await using scoped = manager;
      expect(scoped.name).toBe('default');
    }
    expect((await manager.executeHandoff(toBilling)).error?.code).toBe('INTERRUPTED');
    // Reading is always possible.
    expect(await manager.history()).toHaveLength(1);
  });
});

describe('a handoff that another process ends', () => {
  async function running(store: HandoffStore, script: Script = never) {
    const clock = new ManualClock();
    const billing = scriptedAgent('billing', script);
    const first = managed({ agents: [billing], store, clock });
    const second = managed({
      agents: [scriptedAgent('billing')],
      store,
      clock,
      ids: countingIds('-b'),
    });
    const result = first.manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    return { clock, billing, first, second, result };
  }

  it('stops here too, at whatever time it is cancelled, and is told as cancelled', async () => {
    for (const afterMs of [0, 999, 5_000]) {
      const { clock, billing, first, second, result } = await running(memoryStore());
      await clock.advance(afterMs);
      await second.manager.cancel('handoff-1');
      await clock.advance(1_000);
      expect(billing.calls[0]?.options.signal?.aborted).toBe(true);
      expect(await result).toMatchObject(cancelled);
      expect(await first.log('task-1')).toEqual(cancelledLog);
      expect(clock.waiting).toBe(0);
    }
  });

  it('takes along what was handed on in it', async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const legal = scriptedAgent('legal', untilAborted);
    const billing = scriptedAgent('billing', calling([['delegate_to_legal', { task: 'Check' }]]), {
      canDelegateTo: ['legal'],
    });
    const first = managed({ agents: [billing, legal], store, clock });
    const second = managed({ agents: [billing, legal], store, clock, ids: countingIds('-b') });
    const result = first.manager.executeHandoff(toBilling);
    await until(() => legal.calls.length === 1);
    await second.manager.cancel('handoff-1');
    await clock.advance(1_000);
    expect(legal.calls[0]?.options.signal?.aborted).toBe(true);
    expect(await result).toMatchObject(cancelled);
    expect(clock.waiting).toBe(0);
    await first.expectEnded('task-1');
  });

  it('is found out at its end where the store cannot be watched', async () => {
    const store = memoryStore();
    const blind = {
      ...faultyStore(store),
      watch() {
        throw new Error('no watching here');
      },
    };
    const done = Promise.withResolvers<void>();
    const { clock, second, result } = await running(blind, async () => {
      await done.promise;
      return report({ output: 'Refunded.' });
    });
    await clock.advance(2_000);
    await second.manager.cancel('handoff-1');
    done.resolve();
    expect(await result).toMatchObject(cancelled);
  });

  it('goes on while others only write in its task', async () => {
    const clock = new ManualClock();
    const second = Promise.withResolvers<void>();
    const delegates = calling([['delegate_to_legal', { task: 'Check' }]], 'Refunded.');
    const billing = scriptedAgent(
      'billing',
      async (call) => {
        await second.promise;
        return delegates(call);
      },
      { canDelegateTo: ['legal'] },
    );
    const { manager } = managed({ agents: [billing, scriptedAgent('legal')], clock });
    const result = manager.executeHandoff(toBilling);
    await clock.advance(1_000);
    second.resolve();
    expect(await result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    expect(billing.calls[0]?.options.signal?.aborted).toBe(false);
    expect(clock.waiting).toBe(0);
  });
});
