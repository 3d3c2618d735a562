import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { messageText } from '../context/message.ts';
import type { Policy } from '../policy/policy.ts';

const askFirst: Policy = {
  name: 'ask-first',
  decide: () => ({ requireApproval: 'money moves' }),
};

/** A handoff to billing that a policy wants decided. */
async function waiting() {
  const desk = managed({ agents: [scriptedAgent('billing', 'Refunded.')], policies: [askFirst] });
  const { handoffId, taskId } = await desk.manager.executeHandoff({
    target: 'billing',
    task: 'Refund',
  });
  return { ...desk, handoffId, taskId };
}

/** A handoff to a person, who is asked. */
async function asked() {
  const lead = createPersonAgent({
    id: 'lead',
    dataSchema: z.object({ amount: z.number(), note: z.string().optional() }),
  });
  const desk = managed({ agents: [lead] });
  const { handoffId, taskId } = await desk.manager.executeHandoff({
    target: 'lead',
    task: 'How much?',
  });
  return { ...desk, handoffId, taskId };
}

/** A handoff to an agent that asks for an approval after some work. */
async function halfway() {
  const billing = scriptedAgent('billing', ({ options }) =>
    options.approval
      ? report({ output: 'Refunded.', ...tokens(5) })
      : report({ status: 'awaiting-approval', output: '', ...tokens(10) }),
  );
  const desk = managed({ agents: [billing] });
  const { handoffId, taskId } = await desk.manager.executeHandoff({
    target: 'billing',
    task: 'Refund',
  });
  return { ...desk, billing, handoffId, taskId };
}

describe('a decision about a handoff that waits for none', () => {
  it('is refused with what it is', async () => {
    const { manager, store } = managed({ agents: [scriptedAgent('billing')] });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    const before = await store.readTask(taskId);
    await expect(manager.resume(handoffId, { type: 'approve' })).rejects.toMatchObject({
      code: 'INVALID_CONTEXT',
      message: `The handoff "${handoffId}" waits for no decision: it is completed. Resume it without one, or look at it with get.`,
      details: { handoffId, status: 'completed' },
    });
    expect(await store.readTask(taskId)).toEqual(before);
  });

  it('changes nothing where it was decided before: that decision stands', async () => {
    const { manager, log, taskId, handoffId } = await waiting();
    await manager.resume(handoffId, { type: 'deny' });
    const before = await log(taskId);
    expect(await manager.resume(handoffId, { type: 'approve' })).toMatchObject({
      status: 'rejected',
    });
    expect(await log(taskId)).toEqual(before);
  });
});

describe('a decision that comes too late', () => {
  it('is not taken: the time to decide was over', async () => {
    const { manager, clock, log, handoffId, taskId } = await waiting();
    await clock.advance(8 * 24 * 3_600_000);
    expect(await manager.resume(handoffId, { type: 'deny' })).toMatchObject({
      status: 'failed',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    expect(await log(taskId)).not.toContainEqual(expect.stringContaining('approval-decided'));
  });

  it('is not even checked where another one was taken', async () => {
    const { manager, handoffId } = await asked();
    const answer = { type: 'answer', output: '5', data: { amount: 5 } } as const;
    const first = await manager.resume(handoffId, answer);
    const invalid = { type: 'answer', output: '5', data: { amount: 'five' } } as const;
    expect(await manager.resume(handoffId, invalid)).toEqual(first);
  });
});

describe('a decision behind a cancellation at the same moment', () => {
  it.each(['deny', 'approve'] as const)('%s: that end stands', async (type) => {
    const first = await waiting();
    const { store, handoffId, taskId } = first;
    const second = managed({
      agents: [scriptedAgent('billing')],
      policies: [askFirst],
      ids: countingIds('-b'),
      store: {
        ...faultyStore(store),
        append: async (id, seq, records, options) => {
          const decides = records[0]?.type === 'approval-decided';
          if (decides) await first.manager.cancel(handoffId);
          return store.append(id, seq, records, options);
        },
      },
    });
    expect(await second.manager.resume(handoffId, { type })).toMatchObject({
      status: 'cancelled',
    });
    expect(await first.log(taskId)).toEqual([
      'requested user>billing',
      'approval-requested user>billing AWAITING_APPROVAL',
      'cancelled user>billing CANCELLED',
    ]);
  });
});

describe('the end that a decision makes', () => {
  it('stands against an attempt that was given up and answers after all', async () => {
    const answer = Promise.withResolvers<string>();
    const zombie = scriptedAgent('billing', () => answer.promise, { repeatable: true });
    const first = managed({ agents: [zombie] });
    const { store } = first;
    const asking = scriptedAgent(
      'billing',
      () => report({ status: 'awaiting-approval', output: '' }),
      { repeatable: true },
    );
    const second = managed({ agents: [asking], store, ids: countingIds('-b') });
    const running = first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await until(() => zombie.calls.length === 1);
    await second.clock.advance(330_001);
    expect((await second.manager.resume('handoff-1')).status).toBe('awaiting-approval');
    const denied = await second.manager.resume('handoff-1', { type: 'deny' });
    answer.resolve('Refunded.');
    expect(await running).toEqual(denied);
    await second.expectEnded('task-1');
  });
});

describe('an agent that asks again', () => {
  it('is decided about again', async () => {
    const billing = scriptedAgent('billing', ({ call }) =>
      report(call < 3 ? { status: 'awaiting-approval', output: '' } : { output: 'Refunded.' }),
    );
    const { manager, log } = managed({ agents: [billing] });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    expect((await manager.resume(handoffId, { type: 'approve' })).status).toBe('awaiting-approval');
    expect((await manager.resume(handoffId, { type: 'approve' })).status).toBe('completed');
    const decisions = (await log(taskId)).filter((line) => line.startsWith('approval-decided'));
    expect(decisions).toHaveLength(2);
  });
});

describe('a decision about a handoff that waits for the work of others', () => {
  it('is refused with the ids of those that can be decided about', async () => {
    const triage = scriptedAgent(
      'triage',
      calling([
        ['delegate_to_lead', { task: 'How much?' }],
        ['delegate_to_legal', { task: 'May I?' }],
      ]),
      { canDelegateTo: ['lead', 'legal'] },
    );
    const people = [createPersonAgent({ id: 'lead' }), createPersonAgent({ id: 'legal' })];
    const { manager } = managed({ agents: [triage, ...people] });
    const { handoffId } = await manager.executeHandoff({ target: 'triage', task: 'Refund' });
    const waitsFor = ['lead', 'legal'].map(async (id) => {
      const pending = await manager.pending();
      return pending.find(({ targetAgentId }) => targetAgentId === id)?.handoffId;
    });
    const ids = await Promise.all(waitsFor);
    await expect(manager.resume(handoffId, { type: 'approve' })).rejects.toMatchObject({
      code: 'INVALID_CONTEXT',
      message: `The handoff "${handoffId}" waits for work that its agent gave out: decide about ${ids.join(', ')}.`,
      details: { handoffId, waitsFor: ids },
    });
  });
});

describe('a decision about a handoff whose work was approved in the last moment', () => {
  it('is refused, and the work goes on, though the time of the one that waits for it is over', async () => {
    const paid = Promise.withResolvers<string>();
    const billing = scriptedAgent('billing', () => paid.promise);
    const triage = scriptedAgent('triage', calling([['delegate_to_billing', { task: 'x' }]]), {
      canDelegateTo: ['billing'],
    });
    const askBilling: Policy = {
      name: 'ask',
      decide: ({ context }) =>
        context.targetAgentId === 'billing' ? { requireApproval: 'money moves' } : 'permit',
    };
    const { manager, clock, expectEnded } = managed({
      agents: [triage, billing],
      policies: [askBilling],
      approvalTimeoutMs: 60_000,
    });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    const [asked] = await manager.pending();
    await clock.advance(60_000);
    const approved = manager.resume(asked?.handoffId ?? '', { type: 'approve' });
    await until(() => billing.calls.length === 1);
    await clock.advance(1);
    await expect(manager.resume(handoffId, { type: 'deny' })).rejects.toMatchObject({
      code: 'INVALID_CONTEXT',
      details: { handoffId, waitsFor: [asked?.handoffId] },
    });
    paid.resolve('Paid.');
    expect(await approved).toMatchObject({ status: 'completed', output: 'done' });
    await expectEnded(taskId);
  });
});

describe('what is recorded of a decision', () => {
  it('is what was decided and by whom, at the time and at the attempt that it is about', async () => {
    const { manager, store, clock, handoffId, taskId } = await halfway();
    await clock.advance(7);
    await manager.resume(handoffId, { type: 'approve' }, { by: 'ada' });
    const records = await store.readTask(taskId);
    const [requested, , waited, decided] = records;
    expect(decided).toEqual({
      at: new Date(clock.now()).toISOString(),
      attempt: 1,
      by: 'ada',
      contextDigest: requested?.contextDigest,
      decision: 'approve',
      digest: expect.any(String),
      handoffId,
      leaseUntil: waited?.leaseUntil,
      ledger: waited?.ledger,
      origin: 'own',
      parents: [waited?.digest],
      reason: 'specialization',
      recordId: expect.any(String),
      scope: requested?.scope,
      seq: 4,
      source: 'user',
      target: 'billing',
      taskId,
      type: 'approval-decided',
      v: 1,
    });
    expect(new Set(records.map(({ recordId }) => recordId)).size).toBe(records.length);
  });

  it('names nobody where nobody was named', async () => {
    const { manager, store, handoffId, taskId } = await waiting();
    await manager.resume(handoffId, { type: 'approve' });
    const decided = (await store.readTask(taskId)).find(({ type }) => type === 'approval-decided');
    expect(decided).not.toHaveProperty('by');
  });
});

describe('a denial', () => {
  it('says who denied it and why, as far as that is known', async () => {
    const told = async (
      decision: { readonly type: 'deny'; readonly reason?: string },
      by?: string,
    ) => {
      const { manager, handoffId } = await waiting();
      const result = await manager.resume(handoffId, decision, by === undefined ? {} : { by });
      const { message, details } = result.error ?? {};
      return { message, details: { ...details, handoffId: details?.handoffId === handoffId } };
    };
    expect(await told({ type: 'deny' })).toEqual({
      message: 'The handoff to "billing" was denied',
      details: { handoffId: true },
    });
    expect(await told({ type: 'deny', reason: 'twice' }, 'ada')).toEqual({
      message: 'The handoff to "billing" was denied by ada: twice',
      details: { handoffId: true, by: 'ada' },
    });
  });

  it('counts what the agent had consumed before it waited', async () => {
    const { manager, store, handoffId, taskId, expectEnded } = await halfway();
    expect(await manager.resume(handoffId, { type: 'deny' })).toMatchObject({
      status: 'rejected',
      usage: { totalTokens: 10 },
    });
    expect((await store.readTask(taskId)).at(-1)?.ledger.used.tokens).toBe(10);
    await expectEnded(taskId);
  });
});

describe('an answer', () => {
  it('is the result: sure of itself unless it says how sure, with its data and findings', async () => {
    const first = await asked();
    expect(
      await first.manager.resume(first.handoffId, {
        type: 'answer',
        output: 'Five.',
        data: { amount: 5 },
      }),
    ).toMatchObject({
      status: 'completed',
      finalConfidence: 1,
      data: { amount: 5 },
      output: 'Five.',
    });
    const second = await asked();
    const result = await second.manager.resume(second.handoffId, {
      type: 'answer',
      output: 'Five.',
      data: { amount: 5 },
      confidence: 0.5,
      findings: { refund: 5 },
    });
    expect(result).toMatchObject({ finalConfidence: 0.5, findings: { lead: { refund: 5 } } });
    expect(result.messages?.map(messageText) ?? []).toEqual([]);
    await second.expectEnded(second.taskId);
  });

  it('that the schema of its data refuses throws with the problems, and may be given again', async () => {
    const { manager, handoffId, taskId, log } = await asked();
    const before = await log(taskId);
    await expect(
      manager.resume(handoffId, { type: 'answer', output: '5', data: { amount: 'five', note: 5 } }),
    ).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      message: expect.stringMatching(
        /^The answer's data doesn't satisfy the dataSchema of "lead": .*amount.*; .*note/,
      ),
      details: {
        agentId: 'lead',
        problems: [expect.stringContaining('amount'), expect.stringContaining('note')],
      },
    });
    expect(await log(taskId)).toEqual(before);
    const answer = { type: 'answer', output: '5', data: { amount: 5 } } as const;
    expect(await manager.resume(handoffId, answer)).toMatchObject({ status: 'completed' });
  });

  it('can be taken by a manager that has not the agent, and no schema to ask', async () => {
    const { store, handoffId } = await asked();
    const other = managed({ agents: [scriptedAgent('other')], store, ids: countingIds('-b') });
    const answer = { type: 'answer', output: 'Five.' } as const;
    expect(await other.manager.resume(handoffId, answer)).toMatchObject({
      status: 'completed',
      output: 'Five.',
    });
  });

  it('that says nothing, or is no answer, throws and leaves nothing behind', async () => {
    const { manager, handoffId, taskId, log } = await waiting();
    const before = await log(taskId);
    await expect(manager.resume(handoffId, { type: 'answer', output: ' ' })).rejects.toMatchObject({
      code: 'EMPTY_OUTPUT',
    });
    await expect(
      manager.resume(handoffId, { type: 'answer', output: 'x', confidence: 2 }),
    ).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
    expect(await log(taskId)).toEqual(before);
  });

  it('stands for the agent’s where a policy wanted it approved', async () => {
    const { manager, handoffId } = await waiting();
    expect(await manager.resume(handoffId, { type: 'answer', output: 'I did it.' })).toMatchObject({
      status: 'completed',
      output: 'I did it.',
      finalConfidence: 1,
      messages: [],
    });
  });

  it('counts what the agent had consumed before it waited', async () => {
    const { manager, handoffId, billing } = await halfway();
    expect(await manager.resume(handoffId, { type: 'answer', output: 'I did it.' })).toMatchObject({
      status: 'completed',
      output: 'I did it.',
      usage: { totalTokens: 10 },
    });
    expect(billing.calls).toHaveLength(1);
  });
});
