import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { mortalStore } from '../../test/model/mortal-store.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { until } from '../../test/turns.ts';
import type { Policy } from '../policy/policy.ts';
import { memoryStore } from '../record/memory-store.ts';

const rules: Policy = {
  name: 'rules',
  decide: ({ context }) =>
    context.targetAgentId === 'legal'
      ? { deny: 'not today' }
      : context.targetAgentId === 'lead'
        ? { requireApproval: 'ask' }
        : 'permit',
};

function desk() {
  const payloadSchema = z.object({ invoice: z.number() });
  const agents = [
    scriptedAgent('triage', 'done', { canTransferTo: ['billing'] }),
    scriptedAgent('billing', 'done', { payloadSchema }),
    scriptedAgent('legal'),
    scriptedAgent('lead'),
  ] as const;
  const store = faultyStore(memoryStore());
  return { ...managed({ agents: [...agents], policies: [rules], store }), agents, store };
}

describe('preflight', () => {
  it('says what each rule would say, writes nothing and calls nobody', async () => {
    const { manager, store, agents } = desk();
    const task = 'Look at it';
    const payload = { invoice: 7 };
    expect(await manager.preflight({ target: 'billing', task, payload })).toEqual({
      status: 'permitted',
    });
    const codes = [
      await manager.preflight({ target: 'billing', task, payload: { invoice: 'x' } }),
      await manager.preflight({ target: 'legal', task }),
      await manager.preflight({ target: 'lead', task }),
      await manager.preflight({ source: 'triage', target: 'lead', task }),
      await manager.preflight({ target: 'nobody', task } as never),
    ].map((answer) => (answer.status === 'permitted' ? answer.status : answer.error.code));
    expect(codes).toEqual([
      'INVALID_PAYLOAD',
      'POLICY_DENIED',
      'AWAITING_APPROVAL',
      'PATH_DENIED',
      'AGENT_NOT_FOUND',
    ]);
    expect(store.callsOf('append')).toBe(0);
    expect(agents.flatMap(({ calls }) => calls)).toEqual([]);
  });

  it('shows policies the handoff in the task that it would belong to', async () => {
    const seen: string[] = [];
    const watching: Policy = {
      name: 'watching',
      decide({ context }) {
        seen.push(context.taskId);
        return 'permit';
      },
    };
    const agents = [scriptedAgent('triage'), scriptedAgent('legal')];
    const { manager } = managed({ agents, policies: [watching] });
    const parent = await manager.executeHandoff({ target: 'triage', task: 'x' });
    await manager.preflight({ target: 'legal', task: 'x', parent });
    await manager.preflight({ target: 'legal', task: 'x' });
    expect(seen).toEqual([parent.taskId, parent.taskId, expect.not.stringMatching(parent.taskId)]);
  });

  it('asks the store for nothing that is no id', async () => {
    const { manager, store } = desk();
    const parent = { handoffId: '../etc' };
    expect(await manager.preflight({ target: 'lead', task: 'x', parent })).toMatchObject({
      status: 'rejected',
      error: { code: 'INVALID_CONTEXT', message: expect.stringContaining('The id of a parent') },
    });
    expect(store.callsOf('findTask')).toBe(0);
  });

  it('throws where the store fails: that is no answer', async () => {
    const { manager, store } = desk();
    store.break({ method: 'findTask', when: 'before' });
    await expect(
      manager.preflight({ target: 'lead', task: 'x', parent: 'handoff-1' }),
    ).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe('a run from a context', () => {
  it('begins with the recorded handoff and follows it', async () => {
    const { manager, expectEnded } = managed({
      agents: [
        scriptedAgent(
          'triage',
          async ({ options }) => {
            const tool = options.tools?.find(({ name }) => name === 'transfer_to_billing');
            const signal = new AbortController().signal;
            await tool?.execute({}, { toolCallId: 'c', signal });
            return '';
          },
          { canTransferTo: ['billing'] },
        ),
        scriptedAgent('billing', 'Refunded.'),
      ],
    });
    const context = await manager.createHandoff({ target: 'triage', task: 'Refund' });
    const stream = manager.streamRun(context);
    expect(await stream.handoff).toEqual({ taskId: context.taskId, handoffId: context.handoffId });
    const result = await stream.result;
    expect(result).toMatchObject({ output: 'Refunded.', activeAgentId: 'billing' });
    expect(result.steps[0]?.handoffId).toBe(context.handoffId);
    await expectEnded(context.taskId);
  });

  it('goes on as a run behind a decision, and where its process died between two steps', async () => {
    const agents = [
      scriptedAgent('triage', calling([['transfer_to_billing', {}]]), {
        canTransferTo: ['billing'],
      }),
      scriptedAgent('billing', 'Refunded.'),
    ];
    const first: Policy = {
      name: 'first',
      decide: ({ context }) =>
        context.targetAgentId === 'triage' ? { requireApproval: 'ask' } : 'permit',
    };
    for (const policies of [[first], []]) {
      const store = memoryStore();
      const { manager } = managed({ agents, policies, store });
      const context = await manager.createHandoff({ target: 'triage', task: 'Refund' });
      const doomed = mortalStore(store, 2);
      const dying = managed({ agents, policies, store: doomed, ids: countingIds('-b') });
      const waiting = dying.manager.run(context);
      if (policies.length === 0) await until(() => doomed.isDead);
      else expect(await waiting).toMatchObject({ status: 'awaiting-approval' });
      const listed = policies.length === 0 ? await manager.interrupted() : await manager.pending();
      expect(listed).toMatchObject([{ handoffId: context.handoffId }]);
      const approval = policies.length === 0 ? undefined : ({ type: 'approve' } as const);
      const result = await manager.resume(context.handoffId, approval);
      expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
      expect(await manager.verify(context.taskId)).toMatchObject({ intact: true });
    }
  });

  it('may have a key, though it has an id of its own', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing', 'Refunded.')] });
    const context = await manager.createHandoff({ target: 'billing', task: 'Refund' });
    for (let time = 0; time < 2; time++) {
      expect(await manager.run(context, { idempotencyKey: 'k' })).toMatchObject({
        status: 'completed',
        handoffId: context.handoffId,
      });
    }
  });
});

describe('onHandoffId', () => {
  it('is told the id before the agent is called, and the same one under a key', async () => {
    const told: string[] = [];
    let atCall: readonly string[] = [];
    const billing = scriptedAgent('billing', () => {
      atCall = [...told];
      return 'Refunded.';
    });
    const { manager } = managed({ agents: [billing] });
    const options = { idempotencyKey: 'k', onHandoffId: (id: string) => void told.push(id) };
    const input = { target: 'billing', task: 'Refund' } as const;
    const { handoffId } = await manager.executeHandoff(input, options);
    expect(atCall).toEqual([handoffId]);
    await manager.executeHandoff(input, options);
    expect(told).toEqual([handoffId, handoffId]);
  });
});
