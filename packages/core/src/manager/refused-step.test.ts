import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const task = 'Refund order 1182';

/** Agents of which one takes no payload but an order; they all answer, but for `x`. */
function desk(store = memoryStore(), onCompleted: () => unknown = () => {}) {
  const last = scriptedAgent('c', 'C');
  const agents = [
    scriptedAgent('a', 'A'),
    scriptedAgent('x', () => Promise.reject(new Error('down'))),
    scriptedAgent('picky', 'B', { payloadSchema: z.object({ order: z.number() }) }),
    last,
  ] as const;
  const listening: HandoffStore = {
    ...faultyStore(store),
    async append(...input) {
      const answer = await store.append(...input);
      if (input[2].some(({ type }) => type === 'completed')) await onCompleted();
      return answer;
    },
  };
  return { ...managed({ agents, store: listening }), last };
}

const wrong = { target: 'picky', payload: { order: '1182' } } as never;
const wrongPayload = 'rejected user>picky INVALID_PAYLOAD';

describe('a step that is refused before it opens, in a run that has begun,', () => {
  it('is recorded, and the run is not taken for one that was left', async () => {
    const { manager, last, log, expectEnded } = desk();
    const result = await manager.chainHandoff({ targets: ['a', wrong, 'c'], task });
    expect(result).toMatchObject({
      status: 'rejected',
      targetAgentId: 'picky',
      error: { code: 'INVALID_PAYLOAD' },
      steps: [{ output: 'A' }, {}],
    });
    expect(await log(result.steps[0]?.taskId as string)).toEqual([
      'requested user>a',
      'accepted user>a',
      'completed user>a',
      'requested a>picky',
      'rejected a>picky INVALID_PAYLOAD',
    ]);
    expect(await manager.interrupted()).toEqual([]);
    const [first, refused] = await manager.history();
    expect(refused).toMatchObject({
      status: 'rejected',
      handoffId: result.handoffId,
      context: {
        originalTask: task,
        handoffChain: ['a'],
        parentIds: [first?.handoffId],
        findings: {},
      },
      result: { error: { code: 'INVALID_PAYLOAD' } },
    });
    expect(refused?.context.payload).toBeUndefined();
    expect(await manager.resume(first?.handoffId as string)).toMatchObject({
      status: 'rejected',
      error: { code: 'INVALID_PAYLOAD' },
    });
    expect(last.calls).toHaveLength(0);
    await expectEnded(first?.taskId as string);
  });

  it('by its caller, who gives up: stays cancelled', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { manager, last, log, expectEnded } = desk(memoryStore(), () => controller.abort());
    const result = await manager.chainHandoff({ targets: ['a', 'c'], task }, { signal });
    expect(result).toMatchObject({ status: 'cancelled', steps: [{ output: 'A' }, {}] });
    const root = result.steps[0] as (typeof result.steps)[0];
    expect((await log(root.taskId)).at(-1)).toBe('cancelled a>c CANCELLED');
    expect(await manager.interrupted()).toEqual([]);
    expect(await manager.resume(root.handoffId)).toMatchObject({ status: 'cancelled' });
    expect(last.calls).toHaveLength(0);
    await expectEnded(root.taskId);
  });

  it('is none of those that a failover is left at', async () => {
    const { manager, log, expectEnded } = desk();
    const result = await manager.failoverHandoff({ targets: ['x', wrong, 'c'], task });
    expect(result).toMatchObject({ status: 'completed', output: 'C' });
    expect(await log(result.taskId)).toContain(wrongPayload);
    const all = await manager.failoverHandoff({ targets: ['x', wrong], task });
    expect(all).toMatchObject({ status: 'rejected' });
    expect(await manager.interrupted()).toEqual([]);
    await expectEnded(all.steps[0]?.taskId as string);
  });

  it('in a task that goes on, is recorded there', async () => {
    const { manager, log, expectEnded } = desk();
    const parent = await manager.executeHandoff({ target: 'c', task });
    await manager.chainHandoff({ targets: ['a', wrong], task, parent });
    expect((await log(parent.taskId)).at(-1)).toBe('rejected a>picky INVALID_PAYLOAD');
    expect(await manager.interrupted()).toEqual([]);
    await expectEnded(parent.taskId);
  });

  it.each([
    ['and all others fail', ['x', wrong], 'failed'],
    ['and one is enough', [wrong, 'c'], 'completed'],
    ['and it was the first', [wrong, 'x'], 'rejected'],
  ] as const)('is recorded of branches, %s', async (_, targets, status) => {
    const { manager, log, store, expectEnded } = desk();
    const result = await manager.parallelHandoff({ targets, task, join: 'any' });
    expect(result).toMatchObject({ status });
    expect(await log(result.taskId)).toContain(wrongPayload);
    expect(await manager.interrupted()).toEqual([]);
    const runs = (await store.readTask(result.taskId)).map(({ runDigest }) => runDigest);
    expect(new Set(runs.filter(Boolean)).size).toBe(1);
    await expectEnded(result.taskId);
  });

  it('before anything else of the run: what was left of it is found all the same', async () => {
    const store = memoryStore();
    let isDown = false;
    const first = desk({
      ...faultyStore(store),
      async append(...input) {
        if (isDown) throw new Error('down');
        const answer = await store.append(...input);
        isDown = input[2].some(({ type }) => type === 'failed');
        return answer;
      },
    });
    const targets = [wrong, 'x', 'c'] as const;
    const left = first.manager.failoverHandoff({ targets, task });
    await first.clock.advance(1_000);
    expect(await left).toMatchObject({ error: { code: 'STORE_FAILED' } });
    const second = desk(store);
    const [root] = await second.manager.interrupted();
    expect(root).toMatchObject({ targetAgentId: 'x' });
    const resumed = await second.manager.resume(root?.handoffId as string);
    expect(resumed).toMatchObject({ status: 'completed', output: 'C' });
    expect(await second.manager.interrupted()).toEqual([]);
  });

  it('because its process stops, can go on elsewhere', async () => {
    const store = memoryStore();
    let stopped: Promise<void> | undefined;
    const first = desk(store, async () => {
      stopped = first.manager.stop({ drainMs: 0 });
      await first.clock.advance(0);
    });
    const left = await first.manager.chainHandoff({ targets: ['a', 'c'], task });
    expect(left).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
    await stopped;
    const second = desk(store);
    const [root] = await second.manager.interrupted();
    expect(root).toMatchObject({ targetAgentId: 'a' });
    const resumed = await second.manager.resume(root?.handoffId as string);
    expect(resumed).toMatchObject({ status: 'completed', output: 'C' });
    expect(await second.manager.interrupted()).toEqual([]);
  });

  it('leaves nothing where nothing of the run was written', async () => {
    const { manager } = desk();
    await manager.chainHandoff({ targets: [wrong, 'a'], task });
    expect(await manager.history()).toEqual([]);
  });
});
