import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent, tokens, untilAborted } from '../../test/scripted-agent.ts';
import { calling, callTools } from '../../test/tool-calls.ts';
import { until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { messageText } from '../context/message.ts';
import type { Policy } from '../policy/policy.ts';

const askFirst: Policy = {
  name: 'ask-first',
  decide: ({ context }) =>
    context.targetAgentId === 'billing' ? { requireApproval: 'money moves' } : 'permit',
};
const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

describe('a step that has to be approved', () => {
  it.each([
    ['a chain', 'chainHandoff'],
    ['a failover', 'failoverHandoff'],
    ['branches', 'parallelHandoff'],
    ['a conversation', 'run'],
  ] as const)('of %s: has the time that its resumption gives it', async (_, method) => {
    const billing = scriptedAgent('billing', untilAborted);
    const { manager, clock } = managed({ agents: [billing], policies: [askFirst] });
    const { task, target } = toBilling;
    const { handoffId } =
      method === 'run'
        ? await manager.run({ entry: target, input: task })
        : await manager[method]({ targets: [target], task });
    const resumed = manager.resume(handoffId, { type: 'approve' }, { timeoutMs: 1_000 });
    await until(() => billing.calls.length === 1);
    await clock.advance(1_000);
    expect(await resumed).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
  });
});

describe('a handoff that has to be approved', () => {
  it('is recorded and waits, and runs once it is approved, in another process too', async () => {
    const billing = scriptedAgent('billing', 'Refunded.');
    const first = managed({ agents: [billing], policies: [askFirst] });
    const waiting = await first.manager.executeHandoff(toBilling);
    expect(waiting).toMatchObject({
      status: 'awaiting-approval',
      success: false,
      error: { code: 'AWAITING_APPROVAL', message: expect.stringContaining('money moves') },
    });
    expect(billing.calls).toHaveLength(0);
    const second = managed({
      agents: [billing],
      policies: [askFirst],
      store: first.store,
      ids: countingIds('-b'),
    });
    const pending = await second.manager.pending();
    expect(pending.map((entry) => entry.handoffId)).toEqual([waiting.handoffId]);
    expect(pending[0]?.expiresAt).toBeDefined();
    const result = await second.manager.resume(
      waiting.handoffId,
      { type: 'approve' },
      { by: 'ada' },
    );
    expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    expect(await first.log(result.taskId)).toEqual([
      'requested user>billing',
      'approval-requested user>billing AWAITING_APPROVAL',
      'approval-decided user>billing',
      'accepted user>billing',
      'completed user>billing',
    ]);
    expect(await second.manager.pending()).toEqual([]);
    expect(await second.manager.get(waiting.handoffId)).toMatchObject({ decidedBy: 'ada' });
    await second.expectEnded(result.taskId);
  });

  it('can be followed from the decision on', async () => {
    const billing = scriptedAgent('billing', async ({ options }) => {
      for (const delta of ['Re', 'funded.']) options.onEvent?.({ type: 'output-delta', delta });
      return 'Refunded.';
    });
    const { manager, expectEnded } = managed({ agents: [billing], policies: [askFirst] });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    const stream = manager.streamResume(handoffId, { type: 'approve' }, { by: 'ada' });
    expect(await stream.handoff).toEqual({ taskId, handoffId });
    const texts: string[] = [];
    for await (const text of stream.textStream) texts.push(text);
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(texts).toEqual(['Re', 'funded.']);
    expect(types).toEqual([
      'approval-decided',
      'accepted',
      'output-delta',
      'output-delta',
      'completed',
      'task-finished',
    ]);
    expect(await stream.result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    await expect(manager.streamResume('nobody').result).rejects.toMatchObject({
      code: 'HANDOFF_NOT_FOUND',
    });
    await expectEnded(taskId);
  });

  it('has the time that is given with the decision', async () => {
    const slow = scriptedAgent('billing', untilAborted);
    const { manager, clock } = managed({ agents: [slow], policies: [askFirst] });
    const { handoffId } = await manager.executeHandoff(toBilling);
    const resumed = manager.resume(handoffId, { type: 'approve' }, { timeoutMs: 50 });
    await until(() => slow.calls.length === 1);
    await clock.advance(51);
    expect(await resumed).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
  });

  it('is not decided about with a time that is none', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing')], policies: [askFirst] });
    const { handoffId } = await manager.executeHandoff(toBilling);
    for (const timeoutMs of [0, -1, Number.NaN]) {
      await expect(
        manager.resume(handoffId, { type: 'approve' }, { timeoutMs }),
      ).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
    }
    expect(await manager.pending()).toMatchObject([{ handoffId }]);
  });

  it('is decided once: the first decision counts', async () => {
    const billing = scriptedAgent('billing', 'Refunded.');
    const { manager, expectEnded } = managed({ agents: [billing], policies: [askFirst] });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    const results = await Promise.all([
      manager.resume(handoffId, { type: 'approve' }, { by: 'ada' }),
      manager.resume(handoffId, { type: 'deny', reason: 'no' }, { by: 'bob' }),
      manager.resume(handoffId, { type: 'approve' }, { by: 'eve' }),
    ]);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(billing.calls).toHaveLength(1);
    expect(await manager.get(handoffId)).toMatchObject({ decidedBy: 'ada' });
    await expectEnded(taskId);
  });

  it('ends as rejected when it is denied, with who and why', async () => {
    const billing = scriptedAgent('billing');
    const { manager, expectEnded } = managed({ agents: [billing], policies: [askFirst] });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    const result = await manager.resume(
      handoffId,
      { type: 'deny', reason: 'twice' },
      { by: 'ada' },
    );
    expect(result).toMatchObject({
      status: 'rejected',
      error: { code: 'APPROVAL_DENIED', message: expect.stringMatching(/ada.*twice/) },
    });
    expect(billing.calls).toHaveLength(0);
    await expectEnded(taskId);
  });

  it('fails when nobody decides in time', async () => {
    const { manager, clock, expectEnded } = managed({
      agents: [scriptedAgent('billing')],
      policies: [askFirst],
      approvalTimeoutMs: 1_000,
    });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    await clock.advance(1_001);
    expect(await manager.pending()).toEqual([]);
    const expiresAt = '2026-11-24T09:00:01.000Z';
    expect(await manager.resume(handoffId, { type: 'approve' })).toMatchObject({
      status: 'failed',
      error: {
        code: 'DEADLINE_EXCEEDED',
        message: `Nobody decided about the handoff to "billing" until ${expiresAt}: hand over again, or raise approvalTimeoutMs.`,
        details: { handoffId, expiresAt },
      },
    });
    await expectEnded(taskId);
    // Whoever only asks how it stands ends it too.
    const other = await manager.executeHandoff(toBilling);
    await clock.advance(1_001);
    expect(await manager.resume(other.handoffId)).toMatchObject({
      status: 'failed',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    const inTime = await manager.executeHandoff(toBilling);
    await clock.advance(1_000);
    expect(await manager.pending()).toHaveLength(1);
    expect(await manager.resume(inTime.handoffId, { type: 'approve' })).toMatchObject({
      status: 'completed',
    });
  });

  it('can be cancelled while it waits, and is then not approved any more', async () => {
    const billing = scriptedAgent('billing');
    const { manager, expectEnded } = managed({ agents: [billing], policies: [askFirst] });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    await manager.cancel(handoffId);
    expect(await manager.resume(handoffId, { type: 'approve' })).toMatchObject({
      status: 'cancelled',
    });
    expect(billing.calls).toHaveLength(0);
    await expectEnded(taskId);
  });

  it('makes a chain wait, which goes on where it was', async () => {
    const triage = scriptedAgent('triage', 'Looks fine.');
    const billing = scriptedAgent('billing', 'Refunded.');
    const mail = scriptedAgent('mail', 'Sent.');
    const first = managed({ agents: [triage, billing, mail], policies: [askFirst] });
    const targets = ['triage', 'billing', 'mail'] as const;
    const waiting = await first.manager.chainHandoff({ targets, task: 'Refund' });
    expect(waiting).toMatchObject({ status: 'awaiting-approval', targetAgentId: 'billing' });
    const second = managed({
      agents: [triage, billing, mail],
      policies: [askFirst],
      store: first.store,
      ids: countingIds('-b'),
    });
    const result = await second.manager.resume(waiting.handoffId, { type: 'approve' });
    expect(result).toMatchObject({
      status: 'completed',
      output: 'Sent.',
      findings: { triage: 'Looks fine.', billing: 'Refunded.', mail: 'Sent.' },
    });
    expect('steps' in result && result.steps).toHaveLength(3);
    expect(triage.calls).toHaveLength(1);
    await second.expectEnded(result.taskId);
  });
});

describe('a replay that has to be approved', () => {
  it('is run by a stand-in that is none of the agents of the manager', async () => {
    const forStrangers: Policy = {
      name: 'for-strangers',
      decide: ({ context }) =>
        context.targetAgentId === 'stranger' ? { requireApproval: 'a stranger' } : 'permit',
    };
    const { manager } = managed({ agents: [scriptedAgent('billing')], policies: [forStrangers] });
    const { handoffId } = await manager.executeHandoff(toBilling);
    const stranger = scriptedAgent('stranger', 'By a stranger.');
    const { replayed } = await manager.replay(handoffId, { agent: stranger });
    expect(replayed).toMatchObject({ status: 'awaiting-approval' });
    expect(await manager.resume(replayed.handoffId, { type: 'approve' })).toMatchObject({
      status: 'completed',
      output: 'By a stranger.',
    });
  });

  it('is run by whoever was to stand in, with tools where they were asked for', async () => {
    const paths = { canDelegateTo: ['legal'] } as const;
    const billing = scriptedAgent('billing', 'Refunded.', paths);
    const guest = scriptedAgent('billing', 'By a guest.', paths);
    const agents = [billing, scriptedAgent('legal')];
    let policies: Policy[] = [];
    const once: Policy = {
      name: 'once',
      decide: (request) => policies[0]?.decide(request) ?? 'permit',
    };
    const { manager } = managed({ agents, policies: [once] });
    const { handoffId } = await manager.executeHandoff(toBilling);
    policies = [askFirst];
    for (const tools of [true, false]) {
      const { replayed } = await manager.replay(handoffId, { agent: guest, tools });
      expect(replayed).toMatchObject({ status: 'awaiting-approval' });
      expect(await manager.resume(replayed.handoffId, { type: 'approve' })).toMatchObject({
        output: 'By a guest.',
      });
    }
    const offered = guest.calls.map(({ options }) => options.tools?.length ?? 0);
    expect(offered).toEqual([1, 0]);
    expect(billing.calls).toHaveLength(1);
  });
});

describe('a person as an agent', () => {
  it('is asked, and answers later; the delegating agent goes on with the answer', async () => {
    const lead = createPersonAgent({
      id: 'lead',
      description: 'Decides refunds',
      dataSchema: z.object({ amount: z.number() }),
    });
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        const said = await calling(
          [['delegate_to_lead', { task: 'How much?' }]],
          'Refund 5.',
        )(call);
        return { ...(said as object), ...tokens(10) };
      },
      { canDelegateTo: ['lead'] },
    );
    const first = managed({ agents: [triage, lead] });
    const waiting = await first.manager.executeHandoff({ target: 'triage', task: 'Refund' });
    expect(waiting).toMatchObject({ status: 'awaiting-approval', targetAgentId: 'triage' });
    const second = managed({ agents: [triage, lead], store: first.store, ids: countingIds('-b') });
    const [asked, ...others] = await second.manager.pending();
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ targetAgentId: 'lead', reason: 'delegation' });
    const { handoffId = '' } = asked ?? {};
    await expect(
      second.manager.resume(handoffId, { type: 'answer', output: '5', data: { amount: 'five' } }),
    ).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
    await expect(
      second.manager.resume(waiting.handoffId, { type: 'approve' }),
    ).rejects.toMatchObject({
      code: 'INVALID_CONTEXT',
      message: expect.stringContaining(handoffId),
    });
    const answer = { type: 'answer', output: 'Five.', data: { amount: 5 } } as const;
    const result = await second.manager.resume(handoffId, answer, { by: 'ada' });
    expect(result).toMatchObject({
      status: 'completed',
      targetAgentId: 'triage',
      output: 'Refund 5.',
    });
    expect(result.usage.totalTokens).toBe(20);
    const resumed = triage.calls[1]?.options.resumeFrom ?? [];
    expect(resumed.map(({ role }) => role)).toEqual(['assistant', 'tool']);
    expect(resumed[1]?.parts[0]).toMatchObject({ response: { amount: 5 } });
    expect(result.messages?.map(messageText).at(-1)).toBe('Refund 5.');
    expect(result.messages).toHaveLength(3);
    await second.expectEnded(result.taskId);
  });

  it('is denied to the delegating agent as a refusal that it can deal with', async () => {
    const lead = createPersonAgent({ id: 'lead' });
    const triage = scriptedAgent(
      'triage',
      calling([['delegate_to_lead', { task: 'May I?' }]], 'No.'),
      {
        canDelegateTo: ['lead'],
      },
    );
    const { manager, expectEnded } = managed({ agents: [triage, lead] });
    await manager.executeHandoff({ target: 'triage', task: 'Refund' });
    const [asked] = await manager.pending();
    const result = await manager.resume(asked?.handoffId ?? '', { type: 'deny' });
    expect(result).toMatchObject({ status: 'completed', output: 'No.' });
    expect(triage.calls[1]?.options.resumeFrom?.[1]?.parts[0]).toMatchObject({
      isError: true,
      response: expect.stringContaining('APPROVAL_DENIED'),
    });
    await expectEnded(result.taskId);
  });

  it('is not waited for by an agent that cannot continue: it is told so, and answers without', async () => {
    const lead = createPersonAgent({ id: 'lead' });
    const heard: string[] = [];
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        heard.push(...(await callTools(call, [['delegate_to_lead', { task: 'May I?' }]])).answers);
        return 'I asked; you will hear from us.';
      },
      { canDelegateTo: ['lead'], resumable: false },
    );
    const { manager, expectEnded } = managed({ agents: [triage, lead] });
    const result = await manager.executeHandoff({ target: 'triage', task: 'Refund' });
    expect(result).toMatchObject({
      status: 'completed',
      output: 'I asked; you will hear from us.',
    });
    expect(heard).toEqual([expect.stringContaining('AWAITING_APPROVAL')]);
    const [asked] = await manager.pending();
    const answer = { type: 'answer', output: 'Yes.' } as const;
    expect(await manager.resume(asked?.handoffId ?? '', answer)).toMatchObject({ output: 'Yes.' });
    expect(triage.calls).toHaveLength(1);
    await expectEnded(result.taskId);
  });

  it('holds its thread until it has answered', async () => {
    const lead = createPersonAgent({ id: 'lead' });
    const triage = scriptedAgent('triage', calling([['escalate_to_lead', {}]]), {
      canEscalateTo: ['lead'],
    });
    const { manager } = managed({ agents: [triage, lead] });
    const turn = { entry: 'triage', input: 'A person, please.', threadId: 'c' } as const;
    const waiting = await manager.run(turn);
    expect(waiting).toMatchObject({ status: 'awaiting-approval' });
    expect(await manager.run(turn)).toMatchObject({
      status: 'rejected',
      error: { code: 'THREAD_BUSY' },
    });
    const answer = { type: 'answer', output: 'Here I am.' } as const;
    expect(await manager.resume(waiting.handoffId, answer)).toMatchObject({ output: 'Here I am.' });
    const thread = await manager.getThread('c');
    expect(thread).toMatchObject({ activeAgentId: 'lead' });
    expect(thread?.messages.map(messageText).filter((text) => text !== '')).toEqual([
      'A person, please.',
      'Here I am.',
    ]);
  });
});
