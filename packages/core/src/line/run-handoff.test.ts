import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { never, scriptedAgent } from '../../test/scripted-agent.ts';
import { callTools } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import type { AgentReport } from '../agent/agent-report.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { HandoffManager } from '../manager/handoff-manager.ts';
import { memoryStore } from '../record/memory-store.ts';

it('goes by the context as it was accepted, whatever the agent writes on its own', async () => {
  const receive = async (context: HandoffContext): Promise<AgentReport> => {
    const own = context as { -readonly [Key in keyof typeof context]: (typeof context)[Key] };
    own.taskId = 'elsewhere';
    own.handoffId = 'another';
    own.confidence = 1;
    own.findings = { forged: true };
    (own.handoffChain as string[]).push('somebody');
    (own.metadata as Record<string, unknown>)['forged'] = true;
    return { status: 'completed', output: 'done' };
  };
  const vandal: HandoffAgent = { id: 'vandal', name: 'Vandal', receiveHandoff: receive };
  const { manager } = managed({ agents: [vandal] });
  const findings = { known: { deep: [1] } };
  const result = await manager.executeHandoff({ target: 'vandal', task: 'Write on it', findings });
  expect(result).toMatchObject({
    status: 'completed',
    findings: { known: { deep: [1] }, vandal: 'done' },
  });
  expect(result.taskId).not.toBe('elsewhere');
  expect(result.returnedContext).toMatchObject({ handoffChain: [], metadata: {} });
  expect(await manager.verify(result.taskId)).toMatchObject({ intact: true, records: 3 });
  expect(await manager.get(result.handoffId)).toMatchObject({ status: 'completed' });
});

it('gives an agent what there is for it, and nothing undefined', async () => {
  const billing = scriptedAgent('billing');
  const { manager } = managed({ agents: [billing] });
  await manager.executeHandoff({ target: 'billing', task: 'x' });
  const { options } = billing.calls[0] ?? {};
  expect(Object.keys(options ?? {}).sort()).toEqual(['deadlineAt', 'origin', 'signal']);
});

it('stops no agent that has ended, whatever ends what it worked for', async () => {
  let manager: HandoffManager;
  const legal = scriptedAgent('legal');
  const billing = scriptedAgent('billing', async ({ context }) => {
    await manager.executeHandoff({ target: 'legal', task: 'Check', parent: context });
    throw new Error('out of order');
  });
  const agents: readonly HandoffAgent[] = [billing, legal];
  const { expectEnded, ...made } = managed({ agents });
  manager = made.manager;
  const { taskId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
  await turns();
  expect(legal.calls[0]?.options.signal?.aborted).toBe(false);
  await expectEnded(taskId);
});

it('leaves running what an agent handed out and didn’t wait for', async () => {
  let manager: HandoffManager;
  const answer = Promise.withResolvers<string>();
  const legal = scriptedAgent('legal', () => answer.promise);
  let asked: Promise<unknown> = Promise.resolve();
  const billing = scriptedAgent('billing', async ({ context }) => {
    asked = manager.executeHandoff({ target: 'legal', task: 'Check', parent: context });
    await until(() => legal.calls.length === 1);
    return 'They look at it.';
  });
  const agents: readonly HandoffAgent[] = [billing, legal];
  const { expectEnded, ...made } = managed({ agents });
  manager = made.manager;
  const { status, taskId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
  expect(status).toBe('completed');
  await turns();
  expect(legal.calls[0]?.options.signal?.aborted).toBe(false);
  answer.resolve('Fine.');
  expect(await asked).toMatchObject({ status: 'completed', output: 'Fine.' });
  await expectEnded(taskId);
});

describe('an agent that fails', () => {
  it('ends what it handed out and what still runs', async () => {
    let manager: HandoffManager;
    const legal = scriptedAgent('legal', never);
    const billing = scriptedAgent('billing', async ({ context }) => {
      void manager.executeHandoff({ target: 'legal', task: 'Check', parent: context });
      await until(() => legal.calls.length === 1);
      throw new Error('out of order');
    });
    const agents: readonly HandoffAgent[] = [billing, legal];
    const { store, expectEnded, ...made } = managed({ agents });
    manager = made.manager;
    const { handoffId, taskId, error } = await manager.executeHandoff({
      target: 'billing',
      task: 'x',
    });
    expect(error?.code).toBe('AGENT_FAILED');
    await turns();
    expect(legal.calls[0]?.options.signal?.aborted).toBe(true);
    const { handoffs } = await store.query({});
    const child = handoffs.find(([first]) => first?.target === 'legal')?.[0]?.handoffId ?? '';
    expect((await manager.get(child))?.result).toMatchObject({
      status: 'cancelled',
      error: {
        code: 'CANCELLED',
        message: `The handoff was cancelled, because the one that waited for it ("${handoffId}" to "billing") ended without it.`,
        details: { parentId: handoffId },
      },
    });
    await expectEnded(taskId);
  });

  it('ends what waits for a person; where the store is down, its own end counts all the same', async () => {
    for (const isDown of [false, true]) {
      const store = faultyStore(memoryStore());
      const triage = scriptedAgent(
        'triage',
        async (call) => {
          await callTools(call, [['delegate_to_lead', { task: 'May I?' }]]);
          if (isDown) store.break({ method: 'readTask', when: 'before', calls: [1] });
          throw new Error('out of order');
        },
        { canDelegateTo: ['lead'] },
      );
      const agents = [triage, createPersonAgent({ id: 'lead' })];
      const { manager } = managed({ agents, store });
      expect(await manager.executeHandoff({ target: 'triage', task: 'x' })).toMatchObject({
        status: 'failed',
        error: { code: 'AGENT_FAILED', message: expect.stringContaining('out of order') },
      });
      expect(await manager.pending()).toHaveLength(isDown ? 1 : 0);
    }
  });
});
