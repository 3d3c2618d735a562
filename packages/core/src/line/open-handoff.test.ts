import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { scriptedModel } from '../../test/scripted-model.ts';
import { calling } from '../../test/tool-calls.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { summarizeWithModel } from '../agent/summarize-with-model.ts';
import type { Usage } from '../agent/usage.ts';
import { createAgentState } from '../context/agent-state.ts';
import type { FilterRequest } from '../context/context-filter.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import { message } from '../context/message.ts';
import type { ExecuteOptions } from '../manager/handoff-input.ts';
import type { HandoffManagerOptions } from '../manager/manager-options.ts';
import { defaultLimits } from '../policy/limits.ts';
import type { Policy } from '../policy/policy.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';
import type { IdSource } from '../runtime/id-source.ts';

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

it('costs two appends, and reads nothing of a task that is new', async () => {
  const store = faultyStore(memoryStore());
  const { manager } = managed({ agents: [scriptedAgent('billing')], store });
  await manager.executeHandoff({ target: 'billing', task: 'Refund' });
  const methods = ['append', 'findTask', 'readTask', 'readBodies', 'query', 'watch'] as const;
  expect(methods.map((method) => store.callsOf(method))).toEqual([2, 0, 0, 0, 0, 0]);
});

it('asks stores for ids alone, and says what one is', async () => {
  const store = faultyStore(memoryStore());
  const { manager } = managed({ agents: [scriptedAgent('billing')], store });
  const anId = 'an id of letters, digits and . _ : -, at most 128 characters';
  const context = createHandoffContext({
    sourceAgentId: 'user',
    targetAgentId: 'billing',
    originalTask: 'Refund',
  });
  for (const [wrong, says] of [
    [{ handoffId: '../etc' }, `handoffId is "../etc". Pass ${anId}.`],
    [{ taskId: 7 }, `taskId is 7. Pass ${anId}.`],
    [{ parentIds: 'handoff-1' }, 'parentIds is "handoff-1". Pass a list of ids.'],
    [{ parentIds: [''] }, `The id of a parent is "". Pass ${anId}.`],
  ] as const) {
    expect((await manager.executeHandoff({ ...context, ...wrong } as never)).error).toMatchObject({
      code: 'INVALID_CONTEXT',
      message: expect.stringContaining(says),
    });
  }
  expect(store.callsOf('findTask') + store.callsOf('readTask')).toBe(0);
});

it('replays a payload as its target’s schema made it', async () => {
  const payloadSchema = z.object({ amount: z.string().transform(Number) });
  const billing = scriptedAgent('billing', 'Refunded.', { payloadSchema });
  const { manager } = managed({ agents: [billing] });
  const input = { target: 'billing', task: 'Refund', payload: { amount: '12' } } as never;
  const { handoffId } = await manager.executeHandoff(input);
  const { replayed } = await manager.replay(handoffId);
  expect(replayed).toMatchObject({
    status: 'completed',
    returnedContext: { payload: { amount: 12 } },
  });
});

describe('a handoff in a task that is known', () => {
  const desk = (options: Options = {}) =>
    managed({ agents: [scriptedAgent('billing'), scriptedAgent('legal')], ...options });

  it('is refused where its context names another task than its parents’', async () => {
    const { manager, store } = desk();
    const first = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const context = createHandoffContext({
      sourceAgentId: 'billing',
      targetAgentId: 'legal',
      originalTask: 'Check',
      handoffChain: ['billing'],
      parentIds: [first.handoffId],
      taskId: 'another',
    });
    expect(await manager.executeHandoff(context)).toMatchObject({
      status: 'rejected',
      error: {
        code: 'INVALID_CONTEXT',
        message: 'The context names task "another", but its parents belong to "task-1".',
        details: { path: 'taskId' },
      },
    });
    expect(await store.readTask('another')).toEqual([]);
    const { taskId } = first;
    expect(await manager.executeHandoff({ ...context, taskId })).toMatchObject({
      status: 'completed',
      taskId,
    });
  });

  it('is refused without a parent in it', async () => {
    const { manager } = desk();
    const { taskId } = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const context = createHandoffContext({
      sourceAgentId: 'user',
      targetAgentId: 'legal',
      originalTask: 'Check',
      taskId,
    });
    expect(await manager.executeHandoff(context)).toMatchObject({
      status: 'rejected',
      error: {
        code: 'INVALID_CONTEXT',
        message: `The task "${taskId}" exists: name the handoff that this one continues as its parent, or leave the task's id out.`,
        details: { path: 'taskId' },
      },
    });
  });

  /** A store that counts the runs that are kept in it. */
  function keeping() {
    const inner = memoryStore();
    const counts = { kept: 0 };
    const store: HandoffStore = {
      ...faultyStore(inner),
      append(...args) {
        const { bodies = [] } = args[3] ?? {};
        counts.kept += bodies.filter(({ json }) => json.startsWith('{"input":')).length;
        return inner.append(...args);
      },
    };
    return { store, counts };
  }

  it('keeps its run once, however often it is taken up', async () => {
    const { store, counts } = keeping();
    const askFirst: Policy = { name: 'ask', decide: () => ({ requireApproval: 'money moves' }) };
    const { manager, expectEnded } = desk({ store, policies: [askFirst] });
    const chain = { targets: ['billing', 'legal'], task: 'Refund' } as const;
    const first = await manager.chainHandoff(chain);
    const second = await manager.resume(first.handoffId, { type: 'approve' });
    expect(second.handoffId).not.toBe(first.handoffId);
    const last = await manager.resume(second.handoffId, { type: 'approve' });
    expect(last).toMatchObject({ status: 'completed', targetAgentId: 'legal' });
    expect(counts.kept).toBe(1);
    await expectEnded(first.taskId);
  });

  it('keeps the run that it is a step of with the first of its steps, each run for itself', async () => {
    const { store, counts } = keeping();
    const { manager } = desk({ store });
    const targets = ['billing', 'legal'] as const;
    const first = await manager.chainHandoff({ targets, task: 'Refund' });
    const parent = first;
    const second = await manager.chainHandoff({ targets, task: 'Again', parent });
    const log = await store.readTask(second.taskId);
    const runs = log.filter(({ type }) => type === 'requested').map(({ runDigest }) => runDigest);
    const [a, , b] = runs;
    expect(runs).toEqual([a, a, b, b]);
    expect(counts.kept).toBe(2);
    const bodies = await store.readBodies(second.taskId, [a ?? '', b ?? '']);
    expect(bodies.map((body) => JSON.parse(body?.json ?? ''))).toMatchObject([
      { root: first.steps[0]?.handoffId, workflow: 'chain' },
      { root: second.steps[0]?.handoffId, workflow: 'chain' },
    ]);
  });
});

describe('what a handoff takes over from its parent', () => {
  /** The findings, by key, that the next handoff is told of as another's. */
  async function handedOn(
    findings: Record<string, string>,
    options: Pick<ExecuteOptions, 'origin' | 'findingOrigins'>,
  ) {
    const legal = scriptedAgent('legal');
    const { manager, store } = managed({ agents: [scriptedAgent('billing'), legal] });
    const first = { target: 'billing', task: 'Refund', findings } as const;
    const parent = await manager.executeHandoff(first, options);
    const { taskId } = await manager.executeHandoff({ target: 'legal', task: 'Check', parent });
    const requested = (await store.readTask(taskId)).findLast(({ type }) => type === 'requested');
    expect(legal.calls[0]?.options.findingOrigins).toEqual(requested?.findingOrigins);
    return requested;
  }

  it('is told apart by where it comes from, also of an agent’s second and tenth branch', async () => {
    const findings = { web: 'a', 'web#2': 'b', 'web#10': 'c', 'w#1eb': 'd', note: 'e' };
    const findingOrigins = { web: 'unverified' } as const;
    const requested = await handedOn(findings, { findingOrigins });
    expect(requested?.origin).toBe('own');
    expect(requested?.findingOrigins).toEqual({
      web: 'unverified',
      'web#2': 'unverified',
      'web#10': 'unverified',
    });
  });

  it('isn’t told apart where it comes from where all does', async () => {
    const findingOrigins = { web: 'unverified', page: 'verified' } as const;
    const options = { origin: 'unverified', findingOrigins } as const;
    expect((await handedOn({ web: 'a', page: 'b' }, options))?.findingOrigins).toEqual({
      page: 'verified',
    });
    const only = { origin: 'unverified', findingOrigins: { web: 'unverified' } } as const;
    expect(await handedOn({ web: 'a' }, only)).not.toHaveProperty('findingOrigins');
  });
});

describe('a whole context that says what its sender had left', () => {
  it('is bound by it: handoffs, tokens and money', async () => {
    const a = { handoffs: 5, tokens: 500, costUsd: 0.5 };
    const lefts = [
      { ...a, handoffs: 1 },
      { ...a, tokens: 10 },
      { ...a, costUsd: 0.01 },
      { handoffs: 5, tokens: 10 },
    ];
    for (const remaining of lefts) {
      const billing = scriptedAgent('billing', () => report(tokens(20)));
      const { manager, store } = managed({
        agents: [billing, scriptedAgent('legal')],
        price: ({ totalTokens }) => totalTokens / 1_000,
      });
      const context = createHandoffContext({
        sourceAgentId: 'user',
        targetAgentId: 'billing',
        originalTask: 'Refund',
        remaining,
      });
      const parent = await manager.executeHandoff(context, { origin: 'unverified' });
      expect(parent.status).toBe('completed');
      const next = await manager.executeHandoff({ target: 'legal', task: 'Check', parent });
      expect(next.error?.code).toBe('LIMIT_EXCEEDED');
      const { limits } = (await store.readTask(parent.taskId)).at(-1)?.ledger ?? {};
      const { handoffs, costUsd } = remaining as typeof a;
      expect(limits).toMatchObject({ maxHandoffs: handoffs, maxTokens: remaining.tokens });
      expect(limits?.maxCostUsd).toBe(costUsd);
    }
  });

  it('isn’t bound by what the task has more, or less, of', async () => {
    const { manager, store } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal')],
      limits: { maxCostUsd: 1, maxHandoffs: 3, maxTokens: 300 },
      price: () => 0.1,
    });
    const parent = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const context = createHandoffContext({
      sourceAgentId: 'billing',
      targetAgentId: 'legal',
      originalTask: 'Check',
      handoffChain: ['billing'],
      parentIds: [parent.handoffId],
      taskId: parent.taskId,
      remaining: { handoffs: 9, tokens: 900, costUsd: 9 },
    });
    await manager.executeHandoff(context);
    const { limits } = (await store.readTask(parent.taskId)).at(-1)?.ledger ?? {};
    expect(limits).toMatchObject({ maxCostUsd: 1, maxHandoffs: 3, maxTokens: 300 });
  });

  it('is bound by nothing that it doesn’t say', async () => {
    const { manager, store } = managed({ agents: [scriptedAgent('billing')] });
    const { remaining: _, ...context } = createHandoffContext({
      sourceAgentId: 'user',
      targetAgentId: 'billing',
      originalTask: 'Refund',
    });
    const { status, taskId } = await manager.executeHandoff(context as never);
    expect(status).toBe('completed');
    expect((await store.readTask(taskId)).at(-1)?.ledger.limits).toEqual(defaultLimits);
  });

  it('counts what the task has spent before beside what is left', async () => {
    const billing = scriptedAgent('billing', () => report(tokens(20)));
    const { manager, store } = managed({
      agents: [billing, scriptedAgent('legal')],
      price: ({ totalTokens }) => totalTokens / 1_000,
    });
    const parent = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const context = createHandoffContext({
      sourceAgentId: 'billing',
      targetAgentId: 'legal',
      originalTask: 'Check',
      handoffChain: ['billing'],
      parentIds: [parent.handoffId],
      taskId: parent.taskId,
      remaining: { handoffs: 2, tokens: 100, costUsd: 0.5 },
    });
    expect(await manager.executeHandoff(context)).toMatchObject({ status: 'completed' });
    const { limits } = (await store.readTask(parent.taskId)).at(-1)?.ledger ?? {};
    expect(limits).toMatchObject({ maxCostUsd: 0.52, maxHandoffs: 3, maxTokens: 120 });
  });
});

it('draws ids of the kinds that there are', async () => {
  const counting = countingIds();
  const kinds = new Set<string>();
  const ids: IdSource = (kind) => {
    kinds.add(kind);
    return counting(kind);
  };
  const triage = scriptedAgent('triage', calling([['transfer_to_billing', {}]]), {
    canTransferTo: ['billing'],
  });
  const agents = [triage, scriptedAgent('billing'), createPersonAgent({ id: 'lead' })];
  const { manager } = managed({ agents, ids });
  await manager.chainHandoff({ targets: ['billing'], task: 'Refund' }, { origin: 'unverified' });
  await manager.executeHandoff(await manager.createHandoff({ target: 'billing', task: 'x' }));
  await manager.run({ entry: 'triage', input: 'Hello' });
  await manager.run(await manager.createHandoff({ target: 'triage', task: 'x' }));
  await manager.parallelHandoff({ targets: ['billing', 'billing'], task: 'x' });
  const { handoffId } = await manager.executeHandoff({ target: 'lead', task: 'x' });
  await manager.resume(handoffId, { type: 'answer', output: 'Yes.' });
  expect([...kinds].sort()).toEqual(['delimiter', 'handoff', 'record', 'salt', 'task']);
});
