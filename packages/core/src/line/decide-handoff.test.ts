import { expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import type { Policy, PolicyAnswer } from '../policy/policy.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

/** A policy whose answer is the test's. */
function asking(answer: PolicyAnswer): Policy & { answer: PolicyAnswer } {
  const policy = { name: 'rules', answer, decide: () => policy.answer };
  return policy;
}

it('lets an approval settle what a policy wants approved, not what it refuses by now', async () => {
  for (const [now, status] of [
    [{ requireApproval: 'money moves' }, 'completed'],
    ['permit', 'completed'],
    [{ deny: 'not on Sundays' }, 'rejected'],
  ] as const) {
    const policy = asking({ requireApproval: 'money moves' });
    const billing = scriptedAgent('billing');
    const { manager, expectEnded } = managed({ agents: [billing], policies: [policy] });
    const { handoffId, taskId } = await manager.executeHandoff(toBilling);
    policy.answer = now;
    const result = await manager.resume(handoffId, { type: 'approve' });
    expect(result).toMatchObject({ status });
    if (status === 'rejected') expect(result.error?.code).toBe('POLICY_DENIED');
    expect(billing.calls).toHaveLength(status === 'completed' ? 1 : 0);
    await expectEnded(taskId);
  }
});

it('takes up nothing from a source whose paths this manager doesn’t know; another one may', async () => {
  const triage = scriptedAgent('triage', 'done', { canTransferTo: ['billing'] });
  const first = managed({ agents: [triage, scriptedAgent('billing')] });
  const context = await first.manager.createHandoff({ source: 'triage', ...toBilling });
  const billing = scriptedAgent('billing');
  const second = managed({ agents: [billing], store: first.store, ids: countingIds('-b') });
  expect(await second.manager.executeHandoff(context)).toMatchObject({
    status: 'rejected',
    error: { code: 'AGENT_NOT_FOUND', details: { source: 'triage' } },
  });
  expect(billing.calls).toEqual([]);
  expect(await first.manager.executeHandoff(context)).toMatchObject({ status: 'completed' });
});
