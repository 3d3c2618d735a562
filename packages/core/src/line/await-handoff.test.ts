import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { never, report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import type { DurableRun, ExecutionEngine } from '../execution/execution-engine.ts';
import { inProcessEngine } from '../execution/in-process-engine.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;
const key = { idempotencyKey: 'k-1' } as const;

/** A process of its own as far as the others can see: its agent, its time, the common store. */
function desk(
  suffix: string,
  store: HandoffStore,
  script: Script | string,
  { repeatable = false, timeoutMs = 1_000 } = {},
) {
  const billing = scriptedAgent('billing', script, { repeatable });
  return {
    billing,
    ...managed({ agents: [billing], store, ids: countingIds(suffix), limits: { timeoutMs } }),
  };
}

describe('a handoff that somebody else runs', () => {
  it('is waited for, without a second call', async () => {
    const store = memoryStore();
    const answer = Promise.withResolvers<string>();
    const a = desk('-a', store, () => answer.promise);
    const b = desk('-b', store, 'from b');
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await b.clock.advance(29_000);
    answer.resolve('from a');
    expect(await waiting).toMatchObject({ status: 'completed', output: 'from a' });
    expect(await waiting).toEqual(await running);
    expect(b.billing.calls).toEqual([]);
    expect(b.clock.waiting).toBe(0);
  });

  it('is given up on by a waiting caller who aborts: then it is cancelled for all', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    const b = desk('-b', store, 'from b');
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const controller = new AbortController();
    const waiting = b.manager.executeHandoff(toBilling, { ...key, signal: controller.signal });
    await turns();
    controller.abort();
    const cancelled = await waiting;
    expect(cancelled).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    await a.clock.advance(1_000);
    // Its own end comes too late.
    expect(await running).toEqual(cancelled);
    await b.expectEnded(cancelled.taskId);
  });

  it('is watched no longer than it is waited for', async () => {
    const inner = memoryStore();
    const signals: (AbortSignal | undefined)[] = [];
    const store: HandoffStore = {
      ...faultyStore(inner),
      watch(taskId, afterSeq, options) {
        signals.push(options?.signal);
        return inner.watch(taskId, afterSeq, options);
      },
    };
    const answer = Promise.withResolvers<string>();
    const a = desk('-a', inner, () => answer.promise);
    const b = desk('-b', store, 'from b');
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await until(() => signals.length === 1);
    expect(signals[0]?.aborted).toBe(false);
    answer.resolve('from a');
    expect(await waiting).toEqual(await running);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  it('leaves no listener behind on the signal of who waits', async () => {
    const store = memoryStore();
    const inner = inProcessEngine();
    const signals: AbortSignal[] = [];
    const engine: ExecutionEngine = {
      ...inner,
      define(name, body) {
        inner.define(name, (run, input: Parameters<typeof body>[1]) => {
          const seen: DurableRun = {
            id: run.id,
            step: (key, act) =>
              run.step(key, (step) => {
                signals.push(step.signal);
                return act(step);
              }),
            all: (key, children) => run.all(key, children),
          };
          return body(seen, input);
        });
      },
    };
    const answer = Promise.withResolvers<string>();
    const a = desk('-a', store, () => answer.promise);
    const b = managed({
      agents: [scriptedAgent('billing')],
      store,
      engine,
      ids: countingIds('-b'),
    });
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await until(() => signals.some((signal) => getEventListeners(signal, 'abort').length > 0));
    answer.resolve('from a');
    expect(await waiting).toEqual(await running);
    for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is left by a tool that is called twice at once as it was found, and cancelled by it', async () => {
    const staying = new AbortController();
    const heard: unknown[] = [];
    const leaving = new AbortController();
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    const billing = scriptedAgent('billing', ({ call }) => answers[call - 1]?.promise);
    const triage = scriptedAgent(
      'triage',
      async ({ options }) => {
        const [tool] = options.tools ?? [];
        const give = async (task: string, by: AbortSignal) => {
          try {
            heard.push((await tool?.execute({ task }, { toolCallId: 'c', signal: by }))?.output);
          } catch (thrown) {
            heard.push((thrown as Error).message);
          }
        };
        const both = [give('Look', staying.signal), give('Look', staying.signal)];
        await until(() => billing.calls.length === 1);
        await turns();
        answers[0].resolve('Found.');
        await Promise.all(both);
        const one = give('Pay', staying.signal);
        await until(() => billing.calls.length === 2);
        const other = give('Pay', leaving.signal);
        await turns();
        leaving.abort(new Error('gone'));
        await Promise.all([one, other]);
        return 'Done.';
      },
      { canDelegateTo: ['billing'] },
    );
    const { manager, expectEnded } = managed({ agents: [triage, billing] });
    const { taskId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(billing.calls).toHaveLength(2);
    const cancelled = 'The work was not done (CANCELLED): The handoff was cancelled by its caller.';
    expect(heard).toEqual(['Found.', 'Found.', cancelled, cancelled]);
    await expectEnded(taskId);
  });

  it('fails for the waiting caller where the store can not be watched', async () => {
    const inner = memoryStore();
    const store = faultyStore(inner);
    const a = desk('-a', inner, never);
    const b = desk('-b', store, 'from b');
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const { taskId = '' } = (await a.manager.history())[0] ?? {};
    // It is read once when the handoff is found, and then while it is waited for.
    for (const [method, could, calls] of [
      ['watch', 'watch', [1]],
      ['readTask', 'read', [1]],
    ] as const) {
      store.break({ method, when: 'before', calls });
      expect(await b.manager.executeHandoff(toBilling, key)).toMatchObject({
        status: 'failed',
        error: {
          code: 'STORE_FAILED',
          message: `The store could not ${could} task "${taskId}": disk on fire (${method} 1, before)`,
        },
      });
      expect(b.clock.waiting).toBe(0);
    }
    await a.clock.advance(1_000);
    expect((await running).error?.code).toBe('DEADLINE_EXCEEDED');
  });
});

describe('a handoff whose runner is gone', () => {
  it('is not touched before its lease is over: its deadline and 30 s', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    const b = desk('-b', store, 'from b', { repeatable: true });
    void a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await b.clock.advance(31_000);
    expect(b.billing.calls).toEqual([]);
    await b.clock.advance(1);
    expect(await waiting).toMatchObject({ status: 'completed', output: 'from b' });
  });

  it('is not touched in the last moment of its lease', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    const b = desk('-b', store, 'from b', { repeatable: true });
    void a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    await b.clock.advance(31_000);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await turns();
    expect(b.billing.calls).toEqual([]);
    await b.clock.advance(1);
    expect(await waiting).toMatchObject({ status: 'completed', output: 'from b' });
  });

  it('ends as INTERRUPTED where its agent is not repeatable', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    const b = desk('-b', store, 'from b');
    void a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await b.clock.advance(31_001);
    const result = await waiting;
    expect(result).toMatchObject({
      status: 'failed',
      error: {
        code: 'INTERRUPTED',
        message: expect.stringMatching(/"billing".*not repeatable/),
        details: { handoffId: result.handoffId, attempt: 1 },
      },
    });
    expect(b.billing.calls).toEqual([]);
    expect(await b.log(result.taskId)).toEqual([
      'requested user>billing',
      'accepted user>billing',
      'failed user>billing INTERRUPTED',
    ]);
    await b.expectEnded(result.taskId);
  });

  it('is run again where its agent is repeatable: attempt 2 under the same grant', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    const b = desk('-b', store, () => report(tokens(12)), { repeatable: true });
    void a.manager.executeHandoff(toBilling, { ...key, origin: 'unverified' });
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, { ...key, origin: 'unverified' });
    await b.clock.advance(31_001);
    const result = await waiting;
    expect(result.status).toBe('completed');
    const log = await store.readTask(result.taskId);
    expect(log.map(({ type, attempt }) => [type, attempt])).toEqual([
      ['requested', undefined],
      ['accepted', 1],
      ['accepted', 2],
      ['completed', 2],
    ]);
    expect(log[2]?.ledger).toEqual(log[1]?.ledger);
    expect(log[2]?.leaseUntil).toBe('2026-11-24T09:01:02.001Z');
    expect(log[3]?.ledger.used).toEqual({ costUsd: 0, handoffs: 1, tokens: 12 });
    expect(await b.manager.get(result.handoffId)).toMatchObject({ attempt: 2 });
    // The same context and the same mark, for the model to see the same.
    expect(b.billing.calls[0]?.context).toEqual(a.billing.calls[0]?.context);
    expect(b.billing.calls[0]?.options.delimiter).toBe(a.billing.calls[0]?.options.delimiter);
    await b.expectEnded(result.taskId);
  });

  it('is run again by one of many', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    void a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const others = ['-b', '-c', '-d'].map((suffix) =>
      desk(suffix, store, `from ${suffix}`, { repeatable: true }),
    );
    const waiting = others.map(({ manager }) => manager.executeHandoff(toBilling, key));
    await Promise.all(others.map(({ clock }) => clock.advance(31_001)));
    const [first, ...rest] = await Promise.all(waiting);
    for (const result of rest) expect(result).toEqual(first);
    expect(others.flatMap(({ billing }) => billing.calls)).toHaveLength(1);
  });

  it('comes back too late: the end that was written stands', async () => {
    const store = memoryStore();
    const answer = Promise.withResolvers<string>();
    // Its timeout is its own matter; the lease is what the others go by.
    const a = desk('-a', store, () => answer.promise);
    const b = desk('-b', store, 'from b', { repeatable: true });
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const waiting = b.manager.executeHandoff(toBilling, key);
    await b.clock.advance(31_001);
    const result = await waiting;
    answer.resolve('from a, late');
    expect(await running).toEqual(result);
    expect(result).toMatchObject({ output: 'from b' });
    const ends = (await store.readTask(result.taskId)).filter(({ type }) => type === 'completed');
    expect(ends).toHaveLength(1);
    await b.expectEnded(result.taskId);
  });

  it('of an agent that this manager has not: left to one that has', async () => {
    const store = memoryStore();
    const a = desk('-a', store, never);
    const context = await a.manager.createHandoff(toBilling);
    void a.manager.executeHandoff(context);
    await until(() => a.billing.calls.length === 1);
    const stranger = managed({
      agents: [scriptedAgent('sales')],
      store,
      ids: countingIds('-s'),
    });
    const waiting = stranger.manager.executeHandoff(context);
    await stranger.clock.advance(31_001);
    expect(await waiting).toMatchObject({
      status: 'rejected',
      error: {
        code: 'AGENT_NOT_FOUND',
        message: expect.stringMatching(/^The target "billing"/),
        details: { target: 'billing' },
      },
    });
    expect(await stranger.log(context.taskId)).toHaveLength(2);
  });

  it('of a task that the store lost: STORE_FAILED, not a hang', async () => {
    const inner = memoryStore();
    const store: HandoffStore = { ...faultyStore(inner), readTask: async () => [] };
    const a = desk('-a', inner, never);
    const b = desk('-b', store, 'from b');
    void a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const { handoffId } = a.billing.calls[0]?.context ?? {};
    expect(await b.manager.executeHandoff(toBilling, key)).toMatchObject({
      status: 'failed',
      error: {
        code: 'STORE_FAILED',
        retryable: false,
        message: `The handoff "${handoffId}" is not in the store any more: raise the store's maxTasks, or use a store that keeps it.`,
        details: { handoffId },
      },
    });
  });
});

describe('a handoff that moves on while it is ended for having stood still', () => {
  /** What the store is to write as failed comes after what `meanwhile` does. */
  function interfered(store: HandoffStore, meanwhile: () => Promise<void>): HandoffStore {
    return {
      ...faultyStore(store),
      async append(...given) {
        if (given[2][0]?.type === 'failed') await meanwhile();
        return store.append(...given);
      },
    };
  }

  it('is not touched by a process that stops, where another one begins it', async () => {
    const inner = memoryStore();
    const answer = Promise.withResolvers<string>();
    const a = desk('-a', inner, () => answer.promise);
    let running: Promise<unknown> | undefined;
    const store = interfered(inner, async () => {
      running ??= a.manager.executeHandoff(context);
      await until(() => a.billing.calls.length === 1);
    });
    let stops: Promise<void> | undefined;
    const b = desk(
      '-b',
      {
        ...store,
        async readTask(taskId) {
          const log = await inner.readTask(taskId);
          stops ??= b.manager.stop({ drainMs: 0 });
          await b.clock.advance(0);
          return log;
        },
      },
      'from b',
    );
    const context = await a.manager.createHandoff(toBilling);
    const stopped = b.manager.executeHandoff(context);
    expect(await stopped).toMatchObject({ error: { code: 'INTERRUPTED' } });
    await stops;
    expect((await a.log(context.taskId)).at(-1)).toBe('accepted user>billing');
    answer.resolve('from a');
    expect(await running).toMatchObject({ status: 'completed', output: 'from a' });
    await a.expectEnded(context.taskId);
  });

  it('waits, where its agent ends to wait just when its lease is over', async () => {
    const inner = memoryStore();
    const late = Promise.withResolvers<void>();
    const a = desk('-a', inner, async () => {
      await late.promise;
      return report({ status: 'awaiting-approval', output: '' });
    });
    const b = desk(
      '-b',
      interfered(inner, async () => {
        late.resolve();
        await turns();
      }),
      'from b',
    );
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    await b.clock.advance(31_001);
    const found = await b.manager.executeHandoff(toBilling, key);
    expect(found).toMatchObject({ status: 'awaiting-approval' });
    expect(await running).toMatchObject({ status: 'awaiting-approval' });
    expect(
      await b.manager.resume(found.handoffId, { type: 'answer', output: 'Yes.' }),
    ).toMatchObject({ status: 'completed', output: 'Yes.' });
    await b.expectEnded(found.taskId);
  });
});
