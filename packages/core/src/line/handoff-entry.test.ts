import { describe, expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent } from '../../test/scripted-agent.ts';
import { until } from '../../test/turns.ts';
import type { Policy } from '../policy/policy.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;
const askFirst: Policy = { name: 'ask-first', decide: () => ({ requireApproval: 'money moves' }) };
const begin = '2026-11-24T09:00:00.000Z';

describe('an entry of the history has what is known of a handoff, and nothing else', () => {
  const base = {
    taskId: 'task-1',
    handoffId: 'handoff-1',
    sourceAgentId: 'user',
    targetAgentId: 'billing',
    reason: 'specialization',
    origin: 'own',
    requestedAt: begin,
  };

  it('while it is requested, runs and after its end', async () => {
    const answer = Promise.withResolvers<unknown>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const { manager, clock } = managed({ agents: [billing] });
    const context = await manager.createHandoff(toBilling);
    expect(await manager.get('handoff-1')).toStrictEqual({
      ...base,
      status: 'requested',
      context,
    });
    await clock.advance(1_000);
    const running = manager.executeHandoff(context);
    await until(() => billing.calls.length === 1);
    const accepted = { ...base, context, acceptedAt: '2026-11-24T09:00:01.000Z', attempt: 1 };
    expect(await manager.get('handoff-1')).toStrictEqual({ ...accepted, status: 'running' });
    await clock.advance(1_000);
    answer.resolve(report({ output: 'Refunded.', findings: { invoice: 'paid' } }));
    const result = await running;
    expect(await manager.get('handoff-1')).toEqual({
      ...accepted,
      status: 'completed',
      endedAt: '2026-11-24T09:00:02.000Z',
      result,
    });
    // The context as it was accepted, not as its target left it.
    expect(result.returnedContext).not.toEqual(context);
  });

  it('while it waits to be approved, and after that, with who decided', async () => {
    const { manager } = managed({
      agents: [scriptedAgent('billing', 'Refunded.')],
      policies: [askFirst],
      approvalTimeoutMs: 60_000,
    });
    const result = await manager.executeHandoff(toBilling);
    const context = result.returnedContext;
    expect(await manager.get('handoff-1')).toEqual({
      ...base,
      status: 'awaiting-approval',
      context,
      expiresAt: '2026-11-24T09:01:00.000Z',
      result,
    });
    const done = await manager.resume('handoff-1', { type: 'approve' }, { by: 'ada' });
    expect(await manager.get('handoff-1')).toEqual({
      ...base,
      status: 'completed',
      context,
      acceptedAt: begin,
      attempt: 1,
      endedAt: begin,
      decidedBy: 'ada',
      result: done,
    });
  });

  it('where it was refused, came in, belongs to a conversation or replays another one', async () => {
    const agents = [scriptedAgent('billing', 'Refunded.')];
    const closed = managed({ agents, policies: [{ name: 'no', decide: () => ({ deny: 'no' }) }] });
    const result = await closed.manager.executeHandoff(toBilling);
    expect(await closed.manager.get('handoff-1')).toEqual({
      ...base,
      status: 'rejected',
      context: result.returnedContext,
      endedAt: begin,
      result,
    });

    const { manager } = managed({ agents });
    const findingOrigins = { web: 'verified' } as const;
    const input = { ...toBilling, findings: { web: 'x' } };
    await manager.executeHandoff(input, { origin: 'unverified', findingOrigins });
    expect(await manager.get('handoff-1')).toMatchObject({ origin: 'unverified', findingOrigins });
    const { replayed } = await manager.replay('handoff-1');
    expect(await manager.get(replayed.handoffId)).toMatchObject({ replayOf: 'handoff-1' });
    const turn = { entry: 'billing', input: 'Hello', threadId: 't-1' } as const;
    const { handoffId } = await manager.run(turn);
    expect(await manager.get(handoffId)).toMatchObject({ threadId: 't-1' });
  });
});
