import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { calling, callTools } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import type { AgentReport } from '../agent/agent-report.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

/** Waits for a person once `go` is called. */
function waitsWhenTold(used: Partial<AgentReport> = {}) {
  let go = (): void => {};
  const told = new Promise<void>((resolve) => {
    go = resolve;
  });
  const script: Script = async ({ options }) => {
    if (options.approval) return report({ output: 'approved' });
    await told;
    return report({ status: 'awaiting-approval', output: '', ...used });
  };
  return { script, go: () => go() };
}

describe('an agent that ends to wait', () => {
  it('after another process cancelled its handoff: that end stands', async () => {
    const { script, go } = waitsWhenTold();
    const billing = scriptedAgent('billing', script);
    const first = managed({ agents: [billing] });
    const { store } = first;
    const second = managed({ agents: [billing], store, ids: countingIds('-b') });
    const running = first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await until(() => billing.calls.length === 1);
    const [entry] = await second.manager.history();
    await second.manager.cancel(entry?.handoffId ?? '');
    go();
    expect(await running).toMatchObject({ status: 'cancelled' });
    expect(await second.manager.pending()).toEqual([]);
    expect(await first.log('task-1')).toEqual([
      'requested user>billing',
      'accepted user>billing',
      'cancelled user>billing CANCELLED',
    ]);
    await second.expectEnded('task-1');
  });

  it('after its lease, when somebody else has its handoff: it waits for what comes of that', async () => {
    const { script, go } = waitsWhenTold();
    const zombie = scriptedAgent('billing', script, { repeatable: true });
    const first = managed({ agents: [zombie] });
    const { store, clock } = first;
    let finish = (): void => {};
    const slow = scriptedAgent(
      'billing',
      () =>
        new Promise((resolve) => {
          finish = () => resolve(report({ output: 'second' }));
        }),
      { repeatable: true },
    );
    // The first process's own timer stands still, as in a machine that was suspended.
    const second = managed({ agents: [slow], store, ids: countingIds('-b') });
    const running = first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await until(() => zombie.calls.length === 1);
    await second.clock.advance(330_001);
    const resumed = second.manager.resume('handoff-1');
    await until(() => slow.calls.length === 1);
    go();
    await turns();
    finish();
    expect(await resumed).toMatchObject({ status: 'completed', output: 'second' });
    expect(await running).toMatchObject({ status: 'completed', output: 'second' });
    await second.expectEnded('task-1');
    expect(clock.waiting).toBe(0);
  });
});

describe('a handoff that is cancelled just when it ends to wait', () => {
  it('counts what its agent had consumed', async () => {
    const { script, go } = waitsWhenTold(tokens(9));
    const billing = scriptedAgent('billing', script);
    const first = managed({ agents: [billing] });
    const { store } = first;
    // Between its look at the log and its end the agent ends to wait.
    const slow = {
      ...faultyStore(store),
      append: async (...args: Parameters<typeof store.append>) => {
        if (args[2][0]?.type === 'cancelled') {
          go();
          await turns();
        }
        return store.append(...args);
      },
    };
    const second = managed({ agents: [billing], store: slow, ids: countingIds('-b') });
    const running = first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await until(() => billing.calls.length === 1);
    const [entry] = await first.manager.history();
    const cancelled = await second.manager.cancel(entry?.handoffId ?? '');
    expect(cancelled.result).toMatchObject({ status: 'cancelled', usage: { totalTokens: 9 } });
    await running;
    const head = (await store.readTask(cancelled.taskId)).at(-1);
    expect(head?.ledger.used.tokens).toBe(9);
    await first.expectEnded(cancelled.taskId);
  });
});

describe('a handoff that is approved', () => {
  it('and cancelled before it is taken up does not run', async () => {
    const billing = scriptedAgent('billing', 'Refunded.');
    const askFirst = { name: 'ask-first', decide: () => ({ requireApproval: 'money moves' }) };
    const first = managed({ agents: [billing], policies: [askFirst] });
    const { handoffId } = await first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const slow = faultyStore(first.store);
    const second = managed({
      agents: [billing],
      policies: [askFirst],
      ids: countingIds('-b'),
      store: {
        ...slow,
        append: async (taskId, seq, records, options) => {
          if (records[0]?.type === 'accepted') await first.manager.cancel(handoffId);
          return slow.append(taskId, seq, records, options);
        },
      },
    });
    const result = await second.manager.resume(handoffId, { type: 'approve' });
    expect(result).toMatchObject({ status: 'cancelled' });
    expect(billing.calls).toHaveLength(0);
    await second.expectEnded(result.taskId);
  });
});

describe('a handoff that was only requested', () => {
  it('and is cancelled while it is taken up does not run', async () => {
    const billing = scriptedAgent('billing', 'Refunded.');
    const first = managed({ agents: [billing] });
    const context = await first.manager.createHandoff({ target: 'billing', task: 'Refund' });
    const slow = faultyStore(first.store);
    const second = managed({
      agents: [billing],
      ids: countingIds('-b'),
      store: {
        ...slow,
        append: async (taskId, seq, records, options) => {
          if (records[0]?.type === 'accepted') await first.manager.cancel(context.handoffId);
          return slow.append(taskId, seq, records, options);
        },
      },
    });
    expect(await second.manager.executeHandoff(context)).toMatchObject({ status: 'cancelled' });
    expect(billing.calls).toHaveLength(0);
    await second.expectEnded(context.taskId);
  });
});

describe('work that waits for a person', () => {
  const lead = createPersonAgent({ id: 'lead' });

  it('given out beside a transfer of the same turn ends: the conversation has gone on', async () => {
    const triage = scriptedAgent(
      'triage',
      calling([
        ['delegate_to_lead', { task: 'May I?' }],
        ['transfer_to_billing', {}],
      ]),
      { canDelegateTo: ['lead'], canTransferTo: ['billing'] },
    );
    const billing = scriptedAgent('billing', 'Refunded.');
    const { manager, expectEnded } = managed({ agents: [triage, billing, lead] });
    const result = await manager.run({ entry: 'triage', input: 'Refund' });
    expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    expect(await manager.pending()).toEqual([]);
    await expectEnded(result.taskId);
  });

  it('and can’t be ended for it where the store is down: the tool says so', async () => {
    const inner = memoryStore();
    let isDown = false;
    const store: HandoffStore = {
      ...faultyStore(inner),
      async append(...args) {
        isDown = args[2].some(({ type }) => type === 'approval-requested');
        return inner.append(...args);
      },
      async readTask(taskId) {
        if (isDown) throw new Error('disk on fire');
        return inner.readTask(taskId);
      },
    };
    const heard: string[] = [];
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        const { answers, messages } = await callTools(call, [
          ['delegate_to_lead', { task: 'May I?' }],
          ['transfer_to_billing', {}],
        ]);
        isDown = false;
        heard.push(...answers);
        return report({ output: '', messages });
      },
      { canDelegateTo: ['lead'], canTransferTo: ['billing'] },
    );
    const agents = [triage, scriptedAgent('billing', 'Refunded.'), lead];
    const { manager } = managed({ agents, store });
    expect(await manager.run({ entry: 'triage', input: 'Refund' })).toMatchObject({
      status: 'completed',
      output: 'Refunded.',
    });
    expect(heard).toEqual([
      'The store could not read task "task-1": disk on fire',
      'The conversation was transferred to billing.',
    ]);
  });

  it('bars a transfer later in the same turn, which is told so', async () => {
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        if (call.options.resumeFrom) return report({ output: 'I may.' });
        const asked = await callTools(call, [['delegate_to_lead', { task: 'May I?' }]]);
        const { messages, answers } = await callTools(call, [['transfer_to_billing', {}]]);
        expect(answers[0]).toMatch(/waits for a person's decision/);
        return report({ output: '', messages: [...asked.messages, ...messages] });
      },
      { canDelegateTo: ['lead'], canTransferTo: ['billing'] },
    );
    const billing = scriptedAgent('billing', 'Refunded.');
    const { manager, expectEnded } = managed({ agents: [triage, billing, lead] });
    expect(await manager.run({ entry: 'triage', input: 'Refund' })).toMatchObject({
      status: 'awaiting-approval',
    });
    const [asked] = await manager.pending();
    const result = await manager.resume(asked?.handoffId ?? '', { type: 'answer', output: 'Yes.' });
    expect(result).toMatchObject({ status: 'completed', output: 'I may.' });
    expect(billing.calls).toHaveLength(0);
    await expectEnded(result.taskId);
  });

  it('ends with an agent that is stopped for what it does besides', async () => {
    const triage = scriptedAgent(
      'triage',
      calling([
        ['delegate_to_lead', { task: 'May I?' }],
        ['delegate_to_lead', {}],
        ['delegate_to_lead', {}],
      ]),
      { canDelegateTo: ['lead'] },
    );
    const { manager, expectEnded } = managed({ agents: [triage, lead] });
    const result = await manager.executeHandoff({ target: 'triage', task: 'Refund' });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
    expect(await manager.pending()).toEqual([]);
    await expectEnded(result.taskId);
  });

  it('lets an agent that is stopped end, though the store fails just then', async () => {
    const store = faultyStore(memoryStore());
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        await callTools(call, [['delegate_to_lead', { task: 'May I?' }]]);
        store.break({ method: 'readTask', when: 'before' });
        return { status: 'fine' };
      },
      { canDelegateTo: ['lead'] },
    );
    const { manager } = managed({ agents: [triage, lead], store });
    const result = await manager.executeHandoff({ target: 'triage', task: 'Refund' });
    store.break();
    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
    expect(await manager.get(result.handoffId)).toMatchObject({ status: 'failed' });
  });

  it('ends with an agent whose report is none', async () => {
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        await callTools(call, [['delegate_to_lead', { task: 'May I?' }]]);
        return { status: 'fine' };
      },
      { canDelegateTo: ['lead'] },
    );
    const { manager, expectEnded } = managed({ agents: [triage, lead] });
    const result = await manager.executeHandoff({ target: 'triage', task: 'Refund' });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
    expect(await manager.pending()).toEqual([]);
    await expectEnded(result.taskId);
  });
});
