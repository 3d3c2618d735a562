import { describe, expect, it } from 'vitest';
import { managed } from '../../test/managed.ts';
import { report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { scriptedModel } from '../../test/scripted-model.ts';
import { summarizeWithModel } from '../agent/summarize-with-model.ts';
import type { Usage } from '../agent/usage.ts';
import { createAgentState } from '../context/agent-state.ts';
import type { FilterRequest } from '../context/context-filter.ts';
import { message } from '../context/message.ts';
import type { HandoffManagerOptions } from '../manager/manager-options.ts';
import type { Policy } from '../policy/policy.ts';

const state = createAgentState({ agentId: 'user', messages: [message.user('hello')] });
const withState = { target: 'billing', task: 'x', state } as const;
const denyBilling: Policy = {
  name: 'closed',
  decide: ({ context }) => (context.targetAgentId === 'billing' ? { deny: 'closed' } : 'permit'),
};

type Options = Partial<Omit<HandoffManagerOptions, 'clock'>>;

/** A manager whose model writes the summary of a state for 10 tokens. */
function summarizing(options: Options = {}, script: Script = () => report(tokens(5))) {
  const usage = { inputTokens: 9, outputTokens: 1, totalTokens: 10 };
  const model = scriptedModel(() => ({ output: 'A greeting.', usage }));
  const billing = scriptedAgent('billing', script);
  const triage = scriptedAgent('triage', 'looked', { canEscalateTo: ['billing'] });
  const writeSummary = summarizeWithModel(model);
  const desk = managed({ agents: [triage, billing], writeSummary, ...options });
  const usedBy = async (taskId: string) => (await desk.store.readTask(taskId)).at(-1)?.ledger.used;
  return { ...desk, model, billing, usedBy };
}

describe('what the model-written summary of a handoff takes', () => {
  it('counts with what its target takes, from which nothing is to be continued', async () => {
    const { manager, billing, usedBy, expectEnded } = summarizing();
    const result = await manager.executeHandoff(withState);
    expect(result).toMatchObject({ status: 'completed', usage: { totalTokens: 15 } });
    expect(await usedBy(result.taskId)).toMatchObject({ tokens: 15 });
    expect(billing.calls[0]?.options).not.toHaveProperty('resumeFrom');
    await expectEnded(result.taskId);
  });

  it('counts where a policy refuses the handoff, and in what it asks for again', async () => {
    const { manager, usedBy, expectEnded } = summarizing({ policies: [denyBilling] });
    const refused = await manager.executeHandoff(withState);
    expect(refused).toMatchObject({ status: 'rejected', usage: { totalTokens: 10 } });
    expect(await usedBy(refused.taskId)).toEqual({ costUsd: 0, handoffs: 0, tokens: 10 });
    expect(await manager.resume(refused.handoffId)).toEqual(refused);
    await expectEnded(refused.taskId);
  });

  it('counts where it is refused only when it is to be executed', async () => {
    const policies: Policy[] = [];
    const { manager, usedBy, expectEnded } = summarizing({ policies });
    const context = await manager.createHandoff(withState);
    expect(await usedBy(context.taskId)).toMatchObject({ tokens: 0 });
    policies.push(denyBilling);
    const refused = await manager.executeHandoff(context);
    expect(refused).toMatchObject({ status: 'rejected', usage: { totalTokens: 10 } });
    expect(await usedBy(context.taskId)).toEqual({ costUsd: 0, handoffs: 0, tokens: 10 });
    await expectEnded(context.taskId);
  });

  it('is bounded by the limits of the task', async () => {
    const { manager } = summarizing({ policies: [denyBilling], limits: { maxTokens: 20 } });
    const parent = await manager.executeHandoff({ target: 'triage', task: 'Look' });
    const next = { target: 'billing', task: 'x', parent, reason: 'escalation', state } as const;
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push((await manager.executeHandoff(next)).error?.code);
    expect(codes).toEqual(['POLICY_DENIED', 'POLICY_DENIED', 'LIMIT_EXCEEDED']);
  });

  it('costs what it would cost the target, however the handoff ends', async () => {
    const asked: unknown[] = [];
    const price = ({ totalTokens }: Usage, { agentId }: { readonly agentId: string }) => {
      asked.push([agentId, totalTokens]);
      return totalTokens / 100;
    };
    const ends: [string, number, Options, Script?][] = [
      ['completed', 0.15, {}],
      ['failed', 0.15, {}, () => report({ output: '', ...tokens(5) })],
      ['rejected', 0.1, { policies: [denyBilling] }],
    ];
    for (const [status, costUsd, options, script] of ends) {
      asked.length = 0;
      const { manager, usedBy } = summarizing({ price, ...options }, script);
      const result = await manager.executeHandoff(withState);
      expect(result).toMatchObject({ status, usage: { costUsd: expect.closeTo(costUsd) } });
      expect((await usedBy(result.taskId))?.costUsd).toBeCloseTo(costUsd);
      expect(asked).toEqual([['billing', 10], ...(status === 'rejected' ? [] : [['billing', 5]])]);
    }
  });

  it('is nothing where there is no state, or nobody writes with a model', async () => {
    const asked: number[] = [];
    const price = ({ totalTokens }: Usage) => {
      asked.push(totalTokens);
      return 0;
    };
    const { manager, model } = summarizing({ price });
    await manager.executeHandoff({ target: 'billing', task: 'x' });
    expect(model.requests).toHaveLength(0);
    expect(asked).toEqual([5]);
  });

  it('counts without a cost where the price fails; the handoff fails as its target’s does', async () => {
    const { manager, usedBy } = summarizing({ price: () => Number.NaN });
    const result = await manager.executeHandoff(withState);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
    expect(await usedBy(result.taskId)).toMatchObject({ costUsd: 0, tokens: 15 });
  });
});

describe('a model that writes the summary of a state', () => {
  it('is shown what the filters leave for the handoff as it is recorded', async () => {
    const seen: FilterRequest[] = [];
    const conversation = (messages: readonly never[], request: FilterRequest) => {
      seen.push(request);
      return messages;
    };
    const { manager } = summarizing({ filters: [{ conversation } as never] });
    const parent = await manager.executeHandoff({ target: 'triage', task: 'Look' });
    await manager.executeHandoff({
      target: 'billing',
      task: 'Pay',
      parent,
      state,
      reason: 'escalation',
    });
    await manager.chainHandoff({ targets: ['billing'], task: 'Pay', parent, state });
    await manager.executeHandoff(withState);
    const byTriage = { reason: 'escalation', sourceAgentId: 'triage', targetAgentId: 'billing' };
    const byUser = { reason: 'specialization', sourceAgentId: 'user', targetAgentId: 'billing' };
    // Each of the three was asked about twice: for the summary and for the context.
    expect(seen).toEqual([byTriage, byTriage, byTriage, byTriage, byUser, byUser]);
  });

  it('isn’t asked for a handoff whose source is unknown', async () => {
    const { manager, model } = summarizing();
    const result = await manager.executeHandoff({ ...withState, source: 'nobody' } as never);
    expect(result).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
    expect(model.requests).toHaveLength(0);
  });
});
