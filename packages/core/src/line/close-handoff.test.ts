import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

describe('an answer that can not be recorded', () => {
  it('is given to the caller as what it is, with how long it took', async () => {
    const store = faultyStore(memoryStore());
    const answer = Promise.withResolvers<unknown>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const { manager, clock, log } = managed({ agents: [billing], store });
    const running = manager.executeHandoff({ ...toBilling, findings: { order: '1182' } });
    await until(() => billing.calls.length === 1);
    await clock.advance(1_500);
    store.break({ method: 'append', when: 'before' });
    answer.resolve(report({ output: 'Refunded.', ...tokens(7) }));
    // The pauses between its tries.
    await clock.advance(100);
    expect(await running).toMatchObject({
      status: 'failed',
      durationMs: 1_500,
      usage: { totalTokens: 7 },
      findings: { order: '1182' },
      error: {
        code: 'STORE_FAILED',
        retryable: true,
        message:
          'The store could not append to task "task-1": disk on fire (append 3, before). Agent "billing" had ended as "completed"; what it answered is in details.outcome, and its record is open.',
        details: { outcome: { status: 'completed', output: 'Refunded.' } },
      },
    });
    expect(await log('task-1')).toEqual(['requested user>billing', 'accepted user>billing']);
  });

  it('says so too where what earlier attempts gave out can’t be read', async () => {
    const store = faultyStore(memoryStore());
    const billing = scriptedAgent('billing', ({ options }) => {
      if (!options.approval) return report({ status: 'awaiting-approval', output: '' });
      store.break({ method: 'readTask', when: 'before' });
      return 'Refunded.';
    });
    const { manager } = managed({ agents: [billing], store });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    expect((await manager.resume(handoffId, { type: 'approve' })).error).toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(
        `The store could not read task "${taskId}": disk on fire (readTask 1, before). Agent "billing" had ended as "completed"`,
      ),
    });
  });

  it('says so too where it is that the agent waits for work that it gave out', async () => {
    const inner = memoryStore();
    const store: HandoffStore = {
      ...faultyStore(inner),
      async append(...args) {
        const [record] = args[2];
        const isWait = record?.type === 'approval-requested' && record.target === 'triage';
        if (isWait) throw new Error('disk on fire');
        return inner.append(...args);
      },
    };
    const triage = scriptedAgent('triage', calling([['delegate_to_lead', { task: 'May I?' }]]), {
      canDelegateTo: ['lead'],
    });
    const agents = [triage, createPersonAgent({ id: 'lead' })];
    const { manager, clock } = managed({ agents, store });
    const running = manager.executeHandoff({ target: 'triage', task: 'Refund' });
    await until(() => triage.calls.length === 1);
    await clock.advance(200);
    expect(await running).toMatchObject({
      status: 'failed',
      error: {
        code: 'STORE_FAILED',
        details: { outcome: { status: 'awaiting-approval', waitsFor: [{}] } },
      },
    });
  });

  it('says so too where it is the source of ids that breaks', async () => {
    const counting = countingIds();
    let broken = false;
    const ids: typeof counting = (kind) => {
      if (broken) throw new Error('out of entropy');
      return counting(kind);
    };
    const billing = scriptedAgent('billing', () => {
      broken = true;
      return 'Refunded.';
    });
    const { manager } = managed({ agents: [billing], ids });
    expect(await manager.executeHandoff(toBilling)).toMatchObject({
      status: 'failed',
      error: {
        code: 'STORE_FAILED',
        retryable: true,
        message: expect.stringContaining('out of entropy'),
        details: { outcome: { output: 'Refunded.' } },
      },
    });
  });
});

describe('an attempt whose lease is over', () => {
  it('still ends the handoff where it answers before the one that repeats it', async () => {
    const store = memoryStore();
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    const process = (suffix: string, i: 0 | 1) => {
      const billing = scriptedAgent('billing', () => answers[i].promise, { repeatable: true });
      return {
        billing,
        ...managed({
          agents: [billing],
          store,
          ids: countingIds(suffix),
          limits: { timeoutMs: 1_000 },
        }),
      };
    };
    const a = process('-a', 0);
    const b = process('-b', 1);
    const key = { idempotencyKey: 'k' };
    const running = a.manager.executeHandoff(toBilling, key);
    await until(() => a.billing.calls.length === 1);
    const repeating = b.manager.executeHandoff(toBilling, key);
    await b.clock.advance(31_001);
    await until(() => b.billing.calls.length === 1);
    answers[0].resolve('from a');
    const result = await running;
    expect(result).toMatchObject({ status: 'completed', output: 'from a' });
    answers[1].resolve('from b');
    expect(await repeating).toEqual(result);
    const log = await store.readTask(result.taskId);
    expect(log.map(({ type, attempt }) => [type, attempt])).toEqual([
      ['requested', undefined],
      ['accepted', 1],
      ['accepted', 2],
      ['completed', 1],
    ]);
    await b.expectEnded(result.taskId);
  });
});
