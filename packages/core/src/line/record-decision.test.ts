import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
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
  const lead = createPersonAgent({ id: 'lead', dataSchema: z.object({ amount: z.number() }) });
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
      manager.resume(handoffId, { type: 'answer', output: '5', data: { amount: 'five' } }),
    ).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      message: expect.stringMatching(
        /^The answer's data doesn't satisfy the dataSchema of "lead": .*amount/,
      ),
      details: { agentId: 'lead', problems: [expect.stringContaining('amount')] },
    });
    expect(await log(taskId)).toEqual(before);
    const answer = { type: 'answer', output: '5', data: { amount: 5 } } as const;
    expect(await manager.resume(handoffId, answer)).toMatchObject({ status: 'completed' });
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
