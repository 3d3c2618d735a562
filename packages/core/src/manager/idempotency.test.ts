import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { until } from '../../test/turns.ts';
import { createHandoffAgent } from '../agent/create-handoff-agent.ts';
import { createAgentState } from '../context/agent-state.ts';
import { message } from '../context/message.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;
const key = { idempotencyKey: 'k-1' } as const;

/** Two managers of one name on one store. */
function desks() {
  const store = memoryStore();
  const billing = scriptedAgent('billing', ({ call }) => `answer ${call}`);
  const agents = [billing, scriptedAgent('legal')];
  const a = managed({ agents, store, ids: countingIds('-a') });
  const b = managed({ agents, store, ids: countingIds('-b') });
  return { a, b, billing, store };
}

describe('an idempotency key', () => {
  it('names one handoff, in whatever task it would be', async () => {
    const { a, b, billing } = desks();
    await a.manager.executeHandoff(toBilling, key);
    const parent = await b.manager.executeHandoff({ target: 'legal', task: 'Check' });
    expect(await b.manager.executeHandoff({ ...toBilling, parent }, key)).toMatchObject({
      status: 'rejected',
      error: { code: 'INVALID_CONTEXT', message: expect.stringContaining('idempotency key') },
    });
    expect(billing.calls).toHaveLength(1);
  });

  it('names one handoff, in whichever task it was begun first of two at once', async () => {
    const { a, b, billing, store } = desks();
    const parents = [
      await a.manager.executeHandoff({ target: 'legal', task: 'Check' }),
      await b.manager.executeHandoff({ target: 'legal', task: 'Check' }),
    ] as const;
    const [of] = parents;
    for (const others of [parents[1], undefined]) {
      const idempotencyKey = others ? 'in two tasks' : 'in a task and in a new one';
      const results = await Promise.all([
        a.manager.executeHandoff({ ...toBilling, parent: of }, { idempotencyKey }),
        b.manager.executeHandoff(
          { ...toBilling, ...(others && { parent: others }) },
          { idempotencyKey },
        ),
      ]);
      const [done, refused] = [...results].sort((x, y) => (x.status < y.status ? -1 : 1));
      expect(done).toMatchObject({ status: 'completed' });
      expect(refused).toMatchObject({
        status: 'rejected',
        error: { code: 'INVALID_CONTEXT', message: expect.stringContaining('idempotency key') },
      });
      expect(await store.findTask(done?.handoffId as string)).toBe(done?.taskId);
    }
    expect(billing.calls).toHaveLength(2);
    expect(
      (await a.manager.history()).filter(({ targetAgentId: id }) => id === 'billing'),
    ).toHaveLength(2);
  });

  it('makes a request happen once: after it, at the same time, on another manager', async () => {
    const { a, b, billing } = desks();
    const both = [
      a.manager.executeHandoff(toBilling, key),
      a.manager.executeHandoff(toBilling, key),
    ];
    const [first, same] = await Promise.all(both);
    expect(first).toMatchObject({ status: 'completed', output: 'answer 1' });
    expect(same).toEqual(first);
    expect(await a.manager.executeHandoff(toBilling, key)).toEqual(first);
    expect(await b.manager.executeHandoff(toBilling, key)).toEqual(first);
    expect(await b.manager.streamHandoff(toBilling, key).result).toEqual(first);
    expect(billing.calls).toHaveLength(1);
    expect(await a.log(first?.taskId as string)).toHaveLength(3);
    await a.expectEnded(first?.taskId as string);
  });

  it('makes ids that are the same in every process, whatever its version', async () => {
    const { a } = desks();
    const { taskId, handoffId } = await a.manager.executeHandoff(toBilling, key);
    expect([taskId, handoffId]).toEqual([
      '11063f0f8bd6544fc814cfbfc0b2c145',
      '72130db703dbb2e02f1bce28a3f257c2',
    ]);
  });

  it('with other keys and without one: each happens', async () => {
    const { a, billing } = desks();
    await a.manager.executeHandoff(toBilling, key);
    await a.manager.executeHandoff(toBilling, { idempotencyKey: 'k-2' });
    await a.manager.executeHandoff(toBilling);
    await a.manager.executeHandoff(toBilling);
    expect(billing.calls).toHaveLength(4);
  });

  it("is the principal's own: nobody gets the result of another", async () => {
    const { a, b, billing } = desks();
    const ann = await a.manager.executeHandoff(toBilling, { ...key, principal: 'ann' });
    const bob = await b.manager.executeHandoff(toBilling, { ...key, principal: 'bob' });
    expect(ann.taskId).not.toBe(bob.taskId);
    expect(billing.calls).toHaveLength(2);
  });

  it('keeps name, principal and key apart', async () => {
    const { a, billing } = desks();
    // One text if they were only put together.
    await a.manager.executeHandoff(toBilling, { principal: 'a', idempotencyKey: '","b' });
    await a.manager.executeHandoff(toBilling, { principal: 'a","', idempotencyKey: 'b' });
    expect(billing.calls).toHaveLength(2);
  });

  it('with another input: INVALID_CONTEXT, and the first stays as it is', async () => {
    const { a, b, billing } = desks();
    const first = await a.manager.executeHandoff(toBilling, key);
    for (const input of [
      { ...toBilling, task: 'Refund order 1183' },
      { target: 'legal', task: 'Refund order 1182' } as const,
      { ...toBilling, findings: { order: 1 } },
      { ...toBilling, payload: 1 },
      { ...toBilling, source: 'legal' } as const,
      { ...toBilling, deadlineAt: '2027-01-01T00:00:00Z' },
    ]) {
      for (const { manager } of [a, b]) {
        expect(await manager.executeHandoff(input, key)).toMatchObject({
          status: 'rejected',
          error: { code: 'INVALID_CONTEXT', message: expect.stringContaining('another input') },
        });
      }
    }
    expect(billing.calls).toHaveLength(1);
    expect(await a.log(first.taskId)).toHaveLength(3);
  });

  it('with another input while the first runs: INVALID_CONTEXT', async () => {
    const answer = Promise.withResolvers<string>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const { manager } = managed({ agents: [billing] });
    const running = manager.executeHandoff(toBilling, key);
    await until(() => billing.calls.length === 1);
    expect(
      await manager.executeHandoff({ ...toBilling, task: 'Refund order 1183' }, key),
    ).toMatchObject({ error: { code: 'INVALID_CONTEXT' } });
    answer.resolve('done');
    expect((await running).status).toBe('completed');
  });

  it('holds for state, payload schemas and secrets: what is compared is what is recorded', async () => {
    const declared = createHandoffAgent({
      id: 'billing',
      payloadSchema: z.object({ amount: z.string().transform(Number) }),
    });
    const script = scriptedAgent('billing');
    const agent = { ...declared, receiveHandoff: script.receiveHandoff };
    const { manager } = managed({ agents: [agent] });
    const input = () =>
      ({
        ...toBilling,
        payload: { amount: '12' },
        state: createAgentState({
          agentId: 'x',
          messages: [message.user('sk-abcdefghijklmnopqrst')],
        }),
        findings: { apiKey: 'secret', b: 1, a: -0 },
      }) as const;
    const first = await manager.executeHandoff(input(), key);
    expect(await manager.executeHandoff(input(), key)).toEqual(first);
    expect(script.calls).toHaveLength(1);
  });

  it('holds for one that was refused: nothing is decided twice', async () => {
    let open = false;
    const { manager, log } = managed({
      agents: [scriptedAgent('billing')],
      policies: [{ name: 'hours', decide: () => (open ? 'permit' : { deny: 'closed' }) }],
    });
    const refused = await manager.executeHandoff(toBilling, key);
    open = true;
    expect(await manager.executeHandoff(toBilling, key)).toEqual(refused);
    expect(await manager.submitHandoff(toBilling, key)).toEqual(refused);
    await expect(manager.createHandoff(toBilling, key)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    expect(await log(refused.taskId)).toHaveLength(2);
  });

  it('holds for a wrong input as for a right one: it was never written, so it can be corrected', async () => {
    const { a, billing } = desks();
    const wrong = { ...toBilling, findings: { n: Number.NaN } };
    expect((await a.manager.executeHandoff(wrong, key)).status).toBe('rejected');
    expect((await a.manager.executeHandoff(toBilling, key)).status).toBe('completed');
    expect(billing.calls).toHaveLength(1);
  });

  it('joins the ways to begin: create, submit, execute and stream mean one handoff', async () => {
    const { a, b, billing } = desks();
    const context = await a.manager.createHandoff(toBilling, key);
    expect(await b.manager.createHandoff(toBilling, key)).toEqual(context);
    expect(await b.manager.submitHandoff(toBilling, key)).toMatchObject({
      status: 'requested',
      handoffId: context.handoffId,
    });
    const result = await a.manager.executeHandoff(toBilling, key);
    expect(result).toMatchObject({ status: 'completed', handoffId: context.handoffId });
    expect(await a.manager.executeHandoff(context)).toEqual(result);
    expect(billing.calls).toHaveLength(1);
  });

  it('goes for a handoff within a task', async () => {
    const { a, b, billing } = desks();
    const first = await a.manager.executeHandoff(toBilling, key);
    const next = { target: 'legal', task: 'Check', parent: first } as const;
    const second = await a.manager.executeHandoff(next, { idempotencyKey: 'k-2' });
    expect(second).toMatchObject({ status: 'completed', taskId: first.taskId });
    expect(await b.manager.executeHandoff(next, { idempotencyKey: 'k-2' })).toEqual(second);
    expect(billing.calls).toHaveLength(1);
    expect(await a.log(first.taskId)).toHaveLength(6);
  });

  it('goes for a whole chain: what was done is not done again', async () => {
    const store = memoryStore();
    let broken = true;
    const billing = scriptedAgent('billing', 'refunded');
    const legal = scriptedAgent('legal', () => {
      if (broken) throw new Error('out of office');
      return 'approved';
    });
    const agents = [billing, legal] as const;
    const a = managed({ agents, store, ids: countingIds('-a') });
    const chain = { targets: ['billing', 'legal'], task: 'Refund' } as const;
    const failed = await a.manager.chainHandoff(chain, key);
    expect(failed).toMatchObject({ status: 'failed', steps: [{ status: 'completed' }, {}] });
    broken = false;
    // The end of a handoff stands; only another key begins again.
    const b = managed({ agents, store, ids: countingIds('-b') });
    expect(await b.manager.chainHandoff(chain, key)).toEqual(failed);
    expect(billing.calls).toHaveLength(1);
    expect(legal.calls).toHaveLength(1);
  });

  it('lets a chain go on where its process stopped between two steps', async () => {
    const store = faultyStore(memoryStore());
    const billing = scriptedAgent('billing', 'refunded');
    const legal = scriptedAgent('legal', 'approved');
    const agents = [billing, legal] as const;
    const chain = { targets: ['billing', 'legal'], task: 'Refund' } as const;
    const stopping = {
      ...store,
      async append(...args: Parameters<HandoffStore['append']>) {
        const answer = await store.append(...args);
        if (args[2].some(({ type }) => type === 'completed')) {
          void a.manager.stop({ drainMs: 0 });
          await a.clock.advance(0);
        }
        return answer;
      },
    };
    const a = managed({ agents, store: stopping, ids: countingIds('-a') });
    const stopped = await a.manager.chainHandoff(chain, key);
    expect(stopped).toMatchObject({
      status: 'failed',
      error: { code: 'INTERRUPTED' },
      steps: [{ status: 'completed' }, { status: 'failed' }],
    });
    expect(await a.log(stopped.taskId)).toHaveLength(3);
    const b = managed({ agents, store, ids: countingIds('-b') });
    expect(await b.manager.chainHandoff(chain, key)).toMatchObject({
      status: 'completed',
      output: 'approved',
      steps: [{ output: 'refunded' }, { output: 'approved' }],
    });
    expect(billing.calls).toHaveLength(1);
    expect(legal.calls).toHaveLength(1);
  });

  it.each(['', 7, null, {}])('%o: a programming mistake', async (idempotencyKey) => {
    const { a } = desks();
    await expect(
      a.manager.executeHandoff(toBilling, { idempotencyKey: idempotencyKey as string }),
    ).rejects.toMatchObject({
      code: 'INVALID_CONTEXT',
      message: expect.stringContaining('idempotencyKey'),
    });
    expect(await a.manager.history()).toEqual([]);
  });
});
