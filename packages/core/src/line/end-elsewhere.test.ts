import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, untilAborted } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import type { EndingDecision } from '../agent/approval-decision.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { Policy } from '../policy/policy.ts';
import { memoryStore } from '../record/memory-store.ts';

const waits = () => report({ status: 'awaiting-approval', output: '' });
const unreached = new Error('nobody there');

/** An agent that waits in another process, and what it is told of ends there. */
function elsewhere({
  told: answer = async () => {},
  script = waits,
}: {
  told?: (ending: EndingDecision) => Promise<void>;
  script?: Parameters<typeof scriptedAgent>[1];
} = {}) {
  const told: string[] = [];
  const endHandoff: HandoffAgent['endHandoff'] = async ({ handoffId }, ending) => {
    told.push(`${ending.type} ${handoffId}`);
    await answer(ending);
  };
  return { agent: scriptedAgent('billing', script, { endHandoff }), told };
}

describe('a decision about a handoff whose work is elsewhere', () => {
  it.each([
    [{ type: 'deny', reason: 'no' }, 'rejected'],
    [{ type: 'answer', output: 'x' }, 'completed'],
  ] as const)('is told there before it is recorded: %j', async (decision, status) => {
    let recorded: readonly string[] = [];
    const { agent, told } = elsewhere({
      told: async (ending) => {
        expect(ending).toEqual(decision);
        recorded = await desk.log('task-1');
      },
    });
    const desk = managed({ agents: [agent] });
    const { handoffId } = await desk.manager.executeHandoff({ target: 'billing', task: 'x' });
    const result = await desk.manager.resume(handoffId, decision);
    expect(result.status).toBe(status);
    expect(told).toEqual([`${decision.type} handoff-1`]);
    expect(recorded.at(-1)).toMatch(/^approval-requested/);
    await desk.expectEnded('task-1');
  });

  it('is not taken where it is not taken there', async () => {
    const { agent } = elsewhere({ told: () => Promise.reject(unreached) });
    const { manager, log } = managed({ agents: [agent] });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    const before = await log('task-1');
    await expect(manager.resume(handoffId, { type: 'deny' })).rejects.toBe(unreached);
    await expect(manager.streamResume(handoffId, { type: 'deny' }).result).rejects.toBe(unreached);
    expect(await log('task-1')).toEqual(before);
    expect(await manager.pending()).toHaveLength(1);
  });

  it('is what stands here, where somebody decided here meanwhile', async () => {
    const { agent } = elsewhere({
      told: async ({ type }) => {
        if (type !== 'deny') return;
        await manager.resume('handoff-1', { type: 'answer', output: 'We may.' });
        throw unreached;
      },
    });
    const { manager, expectEnded } = managed({ agents: [agent] });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    expect(await manager.resume(handoffId, { type: 'deny' })).toMatchObject({ output: 'We may.' });
    await expectEnded('task-1');
  });

  it('fails where the store can’t say whether somebody decided here meanwhile', async () => {
    const store = faultyStore(memoryStore());
    const { agent } = elsewhere({
      told: () => {
        store.break({ method: 'readTask', when: 'before', calls: [1] });
        return Promise.reject(unreached);
      },
    });
    const { manager } = managed({ agents: [agent], store });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    await expect(manager.resume(handoffId, { type: 'deny' })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: 'The store could not read task "task-1": disk on fire (readTask 1, before)',
    });
    expect(await manager.pending()).toHaveLength(1);
  });

  it.each([true, false])(
    'is about nothing where its task was dropped meanwhile, taken there or not: %s',
    async (isTaken) => {
      const store = memoryStore();
      const { agent } = elsewhere({
        told: async ({ type }) => {
          if (type !== 'deny') return;
          await manager.cancel('handoff-1');
          await store.prune({ endedBefore: '2027-01-01T00:00:00Z' });
          if (!isTaken) throw unreached;
        },
      });
      const { manager } = managed({ agents: [agent], store });
      const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
      expect(await manager.resume(handoffId, { type: 'deny' })).toMatchObject({
        status: 'failed',
        error: {
          code: 'STORE_FAILED',
          message: expect.stringContaining('not in the store any more'),
        },
      });
      expect(await manager.history()).toEqual([]);
    },
  );

  it('is told to nobody where it is an approval, or where the agent was never given the work', async () => {
    const askFirst: Policy = { name: 'ask', decide: () => ({ requireApproval: 'money moves' }) };
    const { agent, told } = elsewhere({ script: ({ call }) => (call === 1 ? waits() : 'done') });
    const { manager } = managed({ agents: [agent], policies: [askFirst] });
    const [denied, cancelled, approved] = await Promise.all(
      [1, 2, 3].map(async () => {
        const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
        return handoffId;
      }),
    );
    await manager.resume(denied as string, { type: 'deny' });
    await manager.cancel(cancelled as string);
    for (let i = 0; i < 2; i++) await manager.resume(approved as string, { type: 'approve' });
    expect((await manager.history()).map(({ status }) => status)).toEqual([
      'rejected',
      'cancelled',
      'completed',
    ]);
    expect(told).toEqual([]);
  });
});

describe('an end that its agent did not say, and whose work is elsewhere', () => {
  it('is told there by cancel, which can be called again, and stands whether it gets there', async () => {
    let reached = false;
    const { agent, told } = elsewhere({
      told: () => (reached ? Promise.resolve() : Promise.reject(unreached)),
    });
    const { manager, expectEnded } = managed({ agents: [agent] });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    await expect(manager.cancel(handoffId)).rejects.toBe(unreached);
    await expectEnded('task-1');
    reached = true;
    expect(await manager.cancel(handoffId)).toMatchObject({ status: 'cancelled' });
    expect(told).toEqual(['cancel handoff-1', 'cancel handoff-1']);
  });

  it('is told there for work that was given out, again where its giver is cancelled again', async () => {
    let reached = false;
    const { agent, told } = elsewhere({
      told: () => (reached ? Promise.resolve() : Promise.reject(unreached)),
    });
    const triage = scriptedAgent('triage', calling([['delegate_to_billing', { task: 'x' }]]), {
      canDelegateTo: ['billing'],
    });
    const { manager, expectEnded } = managed({ agents: [triage, agent] });
    const { handoffId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    await expect(manager.cancel(handoffId)).rejects.toBe(unreached);
    reached = true;
    await manager.cancel(handoffId);
    const [given] = (await manager.history()).filter(
      ({ targetAgentId }) => targetAgentId === 'billing',
    );
    expect(told).toEqual(Array(2).fill(`cancel ${given?.handoffId}`));
    await expectEnded('task-1');
  });

  it('is told there where its time is over, and again where it is cancelled then', async () => {
    const { agent, told } = elsewhere({ told: () => Promise.reject(unreached) });
    const { manager, clock, expectEnded } = managed({ agents: [agent], approvalTimeoutMs: 60_000 });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    await clock.advance(60_001);
    expect(await manager.resume(handoffId)).toMatchObject({
      status: 'failed',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    await turns();
    expect(told).toEqual(['cancel handoff-1']);
    await expect(manager.cancel(handoffId)).rejects.toBe(unreached);
    expect((await manager.get(handoffId))?.status).toBe('failed');
    await expectEnded('task-1');
  });

  it('is told there for a branch that is not needed any more', async () => {
    const { agent, told } = elsewhere({ told: () => Promise.reject(unreached) });
    let answer = (_: string): void => {};
    const legal = scriptedAgent(
      'legal',
      () => new Promise((resolve) => (answer = resolve as typeof answer)),
    );
    const { manager, expectEnded } = managed({ agents: [agent, legal] });
    const targets = ['billing', 'legal'] as const;
    const joining = manager.parallelHandoff({ targets, task: 'x', join: 'any' });
    await until(() => agent.calls.length === 1 && legal.calls.length === 1);
    await turns();
    answer('Fine.');
    expect(await joining).toMatchObject({ status: 'completed', output: 'Fine.' });
    expect(told).toEqual(['cancel handoff-1']);
    await expectEnded('task-1');
  });

  it('is told there where the agent ends to wait after it, in a process that could not be told', async () => {
    let wait = (): void => {};
    const { agent, told } = elsewhere({
      script: () => new Promise((resolve) => (wait = () => resolve(waits()))),
    });
    const first = managed({ agents: [agent] });
    const second = managed({
      agents: [scriptedAgent('billing')],
      store: first.store,
      ids: countingIds('-b'),
    });
    const running = first.manager.executeHandoff({ target: 'billing', task: 'x' });
    await until(() => agent.calls.length === 1);
    await second.manager.cancel('handoff-1');
    expect(told).toEqual([]);
    wait();
    expect(await running).toMatchObject({ status: 'cancelled' });
    await turns();
    expect(told).toEqual(['cancel handoff-1']);
    await first.expectEnded('task-1');
  });

  it('is told there where the agent ends to wait after it, not where it has answered; told or not, it stands', async () => {
    for (const [said, expected] of [
      [() => report({ output: 'done' }), []],
      [waits, ['cancel handoff-1']],
    ] as const) {
      const answer = Promise.withResolvers<void>();
      const { agent, told } = elsewhere({
        script: () => answer.promise.then(said),
        told: () => Promise.reject(unreached),
      });
      const first = managed({ agents: [agent] });
      const { store } = first;
      const agents = [scriptedAgent('billing')];
      const second = managed({ agents, store, ids: countingIds('-b') });
      const running = first.manager.executeHandoff({ target: 'billing', task: 'x' });
      await until(() => agent.calls.length === 1);
      await second.manager.cancel('handoff-1');
      answer.resolve();
      expect(await running).toMatchObject({ status: 'cancelled' });
      await turns();
      expect(told).toEqual(expected);
      await first.expectEnded('task-1');
    }
  });

  it('is not told there where the handoff goes on in another process', async () => {
    let wait = (): void => {};
    const { agent: late, told } = elsewhere({
      script: () => new Promise((resolve) => (wait = () => resolve(waits()))),
    });
    const first = managed({ agents: [late] });
    const { store } = first;
    const answer = Promise.withResolvers<string>();
    const other = scriptedAgent('billing', () => answer.promise, { repeatable: true });
    const second = managed({ agents: [other], store, ids: countingIds('-b') });
    const running = first.manager.executeHandoff({ target: 'billing', task: 'x' });
    await until(() => late.calls.length === 1);
    await second.clock.advance(330_001);
    const resumed = second.manager.resume('handoff-1');
    await until(() => other.calls.length === 1);
    wait();
    await turns();
    expect(told).toEqual([]);
    answer.resolve('done');
    expect(await resumed).toMatchObject({ status: 'completed' });
    expect(await running).toMatchObject({ status: 'completed' });
    expect(told).toEqual([]);
    await second.expectEnded('task-1');
  });

  it.each([
    ['done', 'completed', []],
    // It may have failed for an answer that never came: then the work there may go on.
    [() => Promise.reject(new Error('lost')), 'failed', ['cancel handoff-1']],
  ] as const)('is told there by a cancellation after %s, unless it is done', async (...given) => {
    const [script, status, expected] = given;
    const { agent, told } = elsewhere({ script });
    const { manager } = managed({ agents: [agent] });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    await turns();
    expect(told).toEqual([]);
    expect((await manager.cancel(handoffId)).status).toBe(status);
    expect(told).toEqual(expected);
  });

  it('is not told there for a replay that another agent ran in its place', async () => {
    const { agent, told } = elsewhere({ script: 'done' });
    const { manager } = managed({ agents: [agent] });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
    const standIn = scriptedAgent('other', untilAborted);
    const replaying = manager.replay(handoffId, { agent: standIn });
    await until(() => standIn.calls.length === 1);
    await manager.cancel(standIn.calls[0]?.context.handoffId ?? '');
    expect((await replaying).replayed.status).toBe('cancelled');
    expect(told).toEqual([]);
  });
});
