import { describe, expect, it } from 'vitest';
import { type Fault, faultyStore } from '../../test/faulty-store.ts';
import { describeRecord, managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { never, scriptedAgent } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import type { HandoffManager } from '../manager/handoff-manager.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';
import { verifyCustody } from '../record/verify-custody.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

function desk() {
  const inner = memoryStore();
  const store = faultyStore(inner);
  const clock = new ManualClock();
  const billing = scriptedAgent('billing', 'refunded');
  const made = managed({ agents: [billing, scriptedAgent('legal')], store, clock });
  return { ...made, billing, inner, store };
}

/** Settles `call` however much time its pauses take. */
async function patiently<Answer>(clock: ManualClock, call: Promise<Answer>): Promise<Answer> {
  let settled = false;
  const watched = call.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  for (let i = 0; i < 200 && !settled; i++) await clock.advance(20);
  expect(settled, 'it hangs').toBe(true);
  return watched;
}

/** What the store really holds of every task, and that it is whole. */
async function recorded(store: HandoffStore): Promise<string[][]> {
  const logs = [];
  for (const taskId of new Set((await store.query({})).handoffs.map((log) => log[0]?.taskId))) {
    const log = await store.readTask(taskId as string);
    expect((await verifyCustody(log)).problems).toEqual([]);
    logs.push(log.map(describeRecord));
  }
  return logs;
}

const opened = ['requested user>billing', 'accepted user>billing'];
const completed = [...opened, 'completed user>billing'];

describe('an append that fails and then works', () => {
  it.each<[string, Fault]>([
    ['the opening, once', { method: 'append', when: 'before', calls: [1] }],
    ['the opening, twice', { method: 'append', when: 'before', calls: [1, 2] }],
    ['the end, once', { method: 'append', when: 'before', calls: [2] }],
    ['the end, twice', { method: 'append', when: 'before', calls: [2, 3] }],
    ['the opening, written but unanswered', { method: 'append', when: 'after', calls: [1] }],
    [
      'the opening, written but unanswered twice',
      { method: 'append', when: 'after', calls: [1, 2] },
    ],
    ['the end, written but unanswered', { method: 'append', when: 'after', calls: [2] }],
    ['the end, written but unanswered twice', { method: 'append', when: 'after', calls: [2, 3] }],
  ])('%s: nobody notices', async (_, fault) => {
    const { manager, store, inner, clock, billing, expectEnded } = desk();
    store.break(fault);
    const result = await patiently(clock, manager.executeHandoff(toBilling));
    expect(result).toMatchObject({ status: 'completed', output: 'refunded' });
    expect(billing.calls).toHaveLength(1);
    store.break();
    expect(await recorded(inner)).toEqual([completed]);
    expect((await manager.get(result.handoffId))?.result).toMatchObject({ status: 'completed' });
    await expectEnded(result.taskId);
  });

  it('is tried again after 20 and after 80 milliseconds, and then no more', async () => {
    const { manager, store, clock } = desk();
    store.break({ method: 'append', when: 'before' });
    let settled = false;
    const running = manager.executeHandoff(toBilling).finally(() => {
      settled = true;
    });
    const seen: [number, number][] = [];
    for (const byMs of [0, 19, 1, 79, 1]) {
      await clock.advance(byMs);
      seen.push([byMs, store.callsOf('append')]);
    }
    expect(seen).toEqual([
      [0, 1],
      [19, 1],
      [1, 2],
      [79, 2],
      [1, 3],
    ]);
    expect(settled).toBe(true);
    expect((await running).error?.code).toBe('STORE_FAILED');
  });
});

describe('a store that is down', () => {
  it('when it opens: STORE_FAILED, nothing written, the agent not called', async () => {
    const { manager, store, inner, clock, billing } = desk();
    store.break({ method: 'append', when: 'before' });
    const result = await patiently(clock, manager.executeHandoff(toBilling));
    expect(result).toMatchObject({
      status: 'failed',
      error: {
        code: 'STORE_FAILED',
        retryable: true,
        message: expect.stringMatching(/append to task.*disk on fire/),
      },
    });
    expect(billing.calls).toEqual([]);
    expect(await recorded(inner)).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('when it opens, after having written: STORE_FAILED, and the log is whole', async () => {
    const { manager, store, inner, clock, billing } = desk();
    store.break({ method: 'append', when: 'after' });
    const key = { idempotencyKey: 'k' };
    const result = await patiently(clock, manager.executeHandoff(toBilling, key));
    expect(result.error?.code).toBe('STORE_FAILED');
    expect(billing.calls).toEqual([]);
    expect(await recorded(inner)).toEqual([opened]);
    // Whoever asks again learns how it ended.
    store.break();
    const again = manager.executeHandoff(toBilling, key);
    await clock.advance(400_000);
    expect(await again).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
    expect(await recorded(inner)).toEqual([[...opened, 'failed user>billing INTERRUPTED']]);
  });

  it('when it closes: STORE_FAILED with the answer in it, and the record open', async () => {
    const { manager, store, inner, clock, billing } = desk();
    store.break({ method: 'append', when: 'before', calls: [2, 3, 4] });
    const key = { idempotencyKey: 'k' };
    const result = await patiently(clock, manager.executeHandoff(toBilling, key));
    expect(result).toMatchObject({
      status: 'failed',
      finalConfidence: 0,
      findings: {},
      error: {
        code: 'STORE_FAILED',
        message: expect.stringMatching(/"billing" had ended as "completed".*record is open/s),
        details: { outcome: { status: 'completed', output: 'refunded' } },
      },
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(await recorded(inner)).toEqual([opened]);
    expect(await manager.get(result.handoffId)).toMatchObject({ status: 'running' });
    expect(clock.waiting).toBe(0);
    // After the lease it is over.
    store.break();
    const again = manager.executeHandoff(toBilling, key);
    await clock.advance(400_000);
    expect(await again).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
    expect(billing.calls).toHaveLength(1);
  });

  it.each<[string, Fault['method'], (manager: HandoffManager, parent: string) => Promise<unknown>]>(
    [
      [
        'findTask, with a parent',
        'findTask',
        (m, parent) => m.executeHandoff({ target: 'legal', task: 'x', parent }),
      ],
      [
        'readTask, with a parent',
        'readTask',
        (m, parent) => m.executeHandoff({ target: 'legal', task: 'x', parent }),
      ],
      [
        'readBodies, with a parent',
        'readBodies',
        (m, parent) => m.executeHandoff({ target: 'legal', task: 'x', parent }),
      ],
      [
        'findTask, with a parent, submitted',
        'findTask',
        (m, parent) => m.submitHandoff({ target: 'legal', task: 'x', parent }),
      ],
      [
        'findTask, streamed',
        'findTask',
        (m, parent) => m.streamHandoff({ target: 'legal', task: 'x', parent }).result,
      ],
      [
        'readTask, streamed',
        'readTask',
        (m, parent) => m.streamHandoff({ target: 'legal', task: 'x', parent }).result,
      ],
      ['append, submitted', 'append', (m) => m.submitHandoff(toBilling)],
      ['append, streamed', 'append', (m) => m.streamHandoff(toBilling).result],
      [
        'append, in a chain',
        'append',
        (m) => m.chainHandoff({ targets: ['billing', 'legal'], task: 'x' }),
      ],
    ],
  )('%s: a failed result, and nothing half done', async (_, method, run) => {
    const { manager, store, inner, clock, billing } = desk();
    const first = await manager.executeHandoff(toBilling);
    store.break({ method, when: 'before' });
    expect(await patiently(clock, run(manager, first.handoffId))).toMatchObject({
      status: 'failed',
      error: { code: 'STORE_FAILED', message: expect.stringContaining('disk on fire') },
    });
    await turns();
    expect(await recorded(inner)).toEqual([completed]);
    expect(billing.calls).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it.each<[string, Fault['method'], (manager: HandoffManager, ids: string[]) => Promise<unknown>]>([
    ['get', 'findTask', (m, [, id]) => m.get(id as string)],
    ['get, reading the task', 'readTask', (m, [, id]) => m.get(id as string)],
    ['get, reading bodies', 'readBodies', (m, [, id]) => m.get(id as string)],
    ['cancel', 'findTask', (m, [, id]) => m.cancel(id as string)],
    ['history', 'query', (m) => m.history()],
    ['history, reading bodies', 'readBodies', (m) => m.history()],
    ['verify', 'readTask', (m, [id]) => m.verify(id as string)],
    ['verify, reading bodies', 'readBodies', (m, [id]) => m.verify(id as string)],
    ['replay', 'findTask', (m, [, id]) => m.replay(id as string)],
    [
      'createHandoff',
      'findTask',
      (m, [, id]) => m.createHandoff({ target: 'legal', task: 'x', parent: id as string }),
    ],
    ['createHandoff, appending', 'append', (m) => m.createHandoff(toBilling)],
  ])('%s: throws STORE_FAILED', async (_, method, run) => {
    const { manager, store, clock } = desk();
    const { taskId, handoffId } = await manager.executeHandoff(toBilling);
    store.break({ method, when: 'before' });
    await expect(patiently(clock, run(manager, [taskId, handoffId]))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('disk on fire'),
    });
  });

  it('cancelling what runs: throws STORE_FAILED, and the run goes on', async () => {
    const store = faultyStore(memoryStore());
    const answer = Promise.withResolvers<string>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const { manager, clock, expectEnded } = managed({ agents: [billing], store });
    const running = manager.executeHandoff(toBilling);
    await until(() => billing.calls.length === 1);
    store.break({ method: 'append', when: 'before' });
    await expect(patiently(clock, manager.cancel('handoff-1'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    store.break();
    answer.resolve('done');
    expect(await running).toMatchObject({ status: 'completed' });
    await expectEnded('task-1');
  });

  it('when it is asked what was recorded: STORE_FAILED for executing a context again', async () => {
    const { manager, store, clock } = desk();
    const context = await manager.createHandoff(toBilling);
    for (const method of ['findTask', 'readTask', 'readBodies'] as const) {
      store.break({ method, when: 'before' });
      expect(await patiently(clock, manager.executeHandoff(context))).toMatchObject({
        status: 'failed',
        error: { code: 'STORE_FAILED' },
      });
    }
    store.break();
    expect(await manager.executeHandoff(context)).toMatchObject({ status: 'completed' });
  });

  it('a HandoffError of the store stays what it is', async () => {
    const { manager, clock } = managed({
      agents: [scriptedAgent('billing')],
      store: {
        ...faultyStore(memoryStore()),
        append: async () => {
          throw new Error('quota');
        },
      },
    });
    const result = await patiently(clock, manager.executeHandoff(toBilling));
    expect(result.error?.message).toContain('quota');
  });
});

describe('writers of one task at the same time', () => {
  it('all get in, each behind the other', async () => {
    const workers = Array.from({ length: 12 }, (_, i) => scriptedAgent(`w${i}`, `done ${i}`));
    const { manager, store, expectEnded } = managed({
      agents: [scriptedAgent('lead'), ...workers],
    });
    const first = await manager.executeHandoff({ target: 'lead', task: 'Plan' });
    const results = await Promise.all(
      workers.map(({ id }) => manager.executeHandoff({ target: id, task: 'Work', parent: first })),
    );
    expect(results.map(({ status }) => status)).toEqual(workers.map(() => 'completed'));
    const log = await store.readTask(first.taskId);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    expect(log.at(-1)?.ledger.used.handoffs).toBe(13);
    await expectEnded(first.taskId);
  });

  it('give up after fifty conflicts, and say so', async () => {
    const inner = memoryStore();
    let meddle = false;
    let tries = 0;
    const store: HandoffStore = {
      ...faultyStore(inner),
      async append(taskId, seq, records, options) {
        if (!meddle) return inner.append(taskId, seq, records, options);
        tries++;
        return { status: 'conflict', records: await inner.readTask(taskId) };
      },
    };
    const billing = scriptedAgent('billing');
    const { manager } = managed({ agents: [billing, scriptedAgent('legal')], store });
    const parent = await manager.executeHandoff(toBilling);
    meddle = true;
    expect(await manager.executeHandoff({ target: 'legal', task: 'x', parent })).toMatchObject({
      status: 'failed',
      error: {
        code: 'STORE_CONFLICT',
        retryable: true,
        details: { taskId: 'task-1' },
        message: expect.stringMatching(/task-1.*50 times/),
      },
    });
    expect(tries).toBe(50);
    expect((await recorded(inner)).flat()).toHaveLength(3);
  });

  it('at the end of a handoff too: its answer is in the error', async () => {
    const inner = memoryStore();
    let meddle = false;
    const store: HandoffStore = {
      ...faultyStore(inner),
      async append(taskId, seq, records, options) {
        if (!meddle) return inner.append(taskId, seq, records, options);
        return { status: 'conflict', records: await inner.readTask(taskId) };
      },
    };
    const billing = scriptedAgent('billing', () => {
      meddle = true;
      return 'refunded';
    });
    const { manager } = managed({ agents: [billing], store });
    expect(await manager.executeHandoff(toBilling)).toMatchObject({
      status: 'failed',
      error: { code: 'STORE_CONFLICT', details: { outcome: { output: 'refunded' } } },
    });
  });
});

describe('a body that can’t be read', () => {
  it('STORE_FAILED with whose it is', async () => {
    const store = faultyStore(memoryStore());
    const { manager } = managed({ agents: [scriptedAgent('billing')], store });
    const { handoffId } = await manager.executeHandoff(toBilling);
    store.break({ method: 'readBodies', when: 'before' });
    await expect(manager.get(handoffId)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: `The store could not read a body of handoff "${handoffId}": disk on fire (readBodies 1, before)`,
    });
  });
});

describe('a body that is gone', () => {
  it('STORE_FAILED for whoever needs it; the chain verifies without it', async () => {
    const inner = memoryStore();
    let gone = false;
    const store: HandoffStore = {
      ...faultyStore(inner),
      readBodies: async (taskId, digests) =>
        gone ? digests.map(() => undefined) : inner.readBodies(taskId, digests),
    };
    const { manager } = managed({ agents: [scriptedAgent('billing', never)], store });
    const { manager: other } = managed({ agents: [scriptedAgent('billing')], store: inner });
    const { taskId, handoffId } = await other.executeHandoff(toBilling);
    const [requested] = await inner.readTask(taskId);
    gone = true;
    const lost = {
      code: 'STORE_FAILED',
      retryable: false,
      message: `A body of handoff "${handoffId}" is not in the store: it was erased, or the store lost it.`,
      details: { handoffId, digest: requested?.contextDigest },
    };
    await expect(manager.get(handoffId)).rejects.toMatchObject(lost);
    await expect(manager.history()).rejects.toMatchObject(lost);
    expect(
      await manager.executeHandoff({ target: 'billing', task: 'x', parent: handoffId }),
    ).toMatchObject({ status: 'failed', error: lost });
    expect(await manager.verify(taskId)).toMatchObject({ intact: true, bodies: 0, records: 3 });
  });

  it('since its task was dropped while the handoffs were listed, is no fault: it is not listed', async () => {
    const inner = memoryStore();
    const clock = new ManualClock();
    const dropping: HandoffStore = {
      ...faultyStore(inner),
      async query(query) {
        const page = await inner.query(query);
        await inner.prune({ endedBefore: '2027-01-01T00:00:00Z' });
        return page;
      },
    };
    const { manager } = managed({ agents: [scriptedAgent('billing')], store: dropping, clock });
    for (const list of [() => manager.history(), () => manager.interrupted()]) {
      await manager.chainHandoff({ targets: ['billing'], task: 'Refund' });
      expect(await list()).toEqual([]);
    }
  });
});
