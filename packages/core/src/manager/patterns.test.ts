import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { type Managed, managed } from '../../test/managed.ts';
import { never, report, scriptedAgent, tokens, untilAborted } from '../../test/scripted-agent.ts';
import { scriptedModel } from '../../test/scripted-model.ts';
import { turns, until } from '../../test/turns.ts';
import { createHandoffAgent } from '../agent/create-handoff-agent.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import { memoryStore } from '../record/memory-store.ts';
import type { HandoffManager } from './handoff-manager.ts';
import { toMermaid } from './to-mermaid.ts';

const failing = () => Promise.reject(new Error('down'));
const statuses = (steps: readonly HandoffResult[]) => steps.map(({ status }) => status);
const task = 'Check the invoice';

describe('parallelHandoff', () => {
  it('joins all branches: findings together, usage in sum, one join with several parents', async () => {
    const { manager, store, expectEnded } = managed({
      agents: [
        scriptedAgent('a', () => report({ output: 'A', ...tokens(3) })),
        scriptedAgent('b', () => report({ output: 'B', ...tokens(4) })),
      ],
    });
    const result = await manager.parallelHandoff({
      targets: ['a', 'b'],
      task,
      aggregate: (results) => results.map(({ output }) => output),
    });
    expect(result).toMatchObject({
      status: 'completed',
      data: ['A', 'B'],
      findings: { a: 'A', b: 'B' },
      usage: { totalTokens: 7 },
    });
    expect(statuses(result.steps)).toEqual(['completed', 'completed']);
    const joined = (await store.readTask(result.taskId)).at(-1);
    expect(joined).toMatchObject({ type: 'joined' });
    expect(joined?.parents).toHaveLength(3);
    await expectEnded(result.taskId);
  });

  it('keeps its aggregate, whoever else asks under its key and is refused', async () => {
    const answer = Promise.withResolvers<string>();
    const { manager } = managed({
      agents: [scriptedAgent('a', () => answer.promise), scriptedAgent('b', 'B')],
    });
    const key = { idempotencyKey: 'k' };
    const input = { targets: ['a', 'b'], task } as const;
    const aggregate = (results: readonly HandoffResult[]) => results.length;
    const running = manager.parallelHandoff({ ...input, aggregate }, key);
    await turns();
    const refused = [
      await manager.parallelHandoff({ ...input, task: 'Another', aggregate: () => 7 }, key),
      await manager.parallelHandoff(
        { ...input, aggregate },
        { ...key, signal: AbortSignal.abort() },
      ),
    ];
    expect(refused.map(({ error }) => error?.code)).toEqual(['INVALID_CONTEXT', 'CANCELLED']);
    answer.resolve('A');
    expect(await running).toMatchObject({ status: 'completed', data: 2 });
  });

  it('takes the first that completes and cancels the losers', async () => {
    const slow = scriptedAgent('slow', untilAborted);
    const { manager, expectEnded } = managed({
      agents: [slow, scriptedAgent('broken', failing), scriptedAgent('fast', 'Here.')],
    });
    const result = await manager.parallelHandoff({
      targets: ['slow', 'broken', 'fast'],
      task,
      join: 'any',
    });
    expect(result).toMatchObject({ status: 'completed', targetAgentId: 'fast', output: 'Here.' });
    expect(statuses(result.steps)).toEqual(['cancelled', 'failed', 'completed']);
    expect(slow.calls[0]?.options.signal?.aborted).toBe(true);
    await expectEnded(result.taskId);
  });

  it('needs a quorum, and gives up as soon as it is out of reach', async () => {
    const agents = [
      scriptedAgent('a', 'A'),
      scriptedAgent('b', 'B'),
      scriptedAgent('x', failing),
      scriptedAgent('y', failing),
      scriptedAgent('z', never),
    ];
    const { manager, expectEnded } = managed({ agents });
    const two = { join: { quorum: 2 }, task } as const;
    const made = await manager.parallelHandoff({ ...two, targets: ['x', 'a', 'b', 'z'] });
    expect(made).toMatchObject({ status: 'completed', findings: { a: 'A', b: 'B' } });
    expect(statuses(made.steps)).toEqual(['failed', 'completed', 'completed', 'cancelled']);
    const missed = await manager.parallelHandoff({ ...two, targets: ['x', 'y', 'z'] });
    expect(missed).toMatchObject({ status: 'failed', targetAgentId: 'x' });
    expect(statuses(missed.steps)).toEqual(['failed', 'failed', 'cancelled']);
    await expectEnded(made.taskId);
    await expectEnded(missed.taskId);
  });

  it('gives each branch an equal share, so that they never overspend together', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'] as const;
    const remaining: number[] = [];
    const agents = ids.map((id) => scriptedAgent(id, () => report({ ...tokens(4) })));
    const { manager, store, expectEnded } = managed({ agents, limits: { maxTokens: 20 } });
    const result = await manager.parallelHandoff({ targets: [...ids], task });
    expect(result.status).toBe('completed');
    for (const { ledger } of await store.readTask(result.taskId)) {
      remaining.push(20 - ledger.used.tokens - ledger.reserved.tokens);
    }
    expect(Math.min(...remaining)).toBe(0);
    await expectEnded(result.taskId);
  });

  it('gives equal shares of what the call leaves of its task’s budget', async () => {
    const agents = ['first', 'a', 'b'].map((id) => scriptedAgent(id, () => report(tokens(1))));
    const { manager, expectEnded } = managed({ agents });
    const parent = await manager.executeHandoff({ target: 'first', task });
    const limits = { maxTokens: 5 };
    const result = await manager.parallelHandoff({ targets: ['a', 'b'], task, parent }, { limits });
    expect(result.steps.map(({ status }) => status)).toEqual(['completed', 'completed']);
    await expectEnded(result.taskId);
  });

  it('is continued from all of its branches', async () => {
    const editor = scriptedAgent('editor', 'Merged.');
    const { manager, store, expectEnded } = managed({
      agents: [scriptedAgent('a', 'A'), scriptedAgent('b', 'B'), editor],
    });
    const joined = await manager.parallelHandoff({ targets: ['a', 'b'], task });
    const result = await manager.executeHandoff({ target: 'editor', task, parent: joined });
    expect(editor.calls[0]?.context.findings).toEqual({ a: 'A', b: 'B' });
    expect(editor.calls[0]?.context.parentIds).toHaveLength(2);
    const requested = (await store.readTask(result.taskId)).findLast(
      ({ type }) => type === 'requested',
    );
    expect(requested?.parents).toHaveLength(3);
    await expectEnded(result.taskId);
  });

  it('fails with what aggregate throws, and has the answers in its steps', async () => {
    const { manager } = managed({ agents: [scriptedAgent('a')] });
    const result = await manager.parallelHandoff({
      targets: ['a'],
      task,
      aggregate: () => {
        throw new Error('no quorum of opinions');
      },
    });
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'INVALID_OUTPUT', message: expect.stringContaining('no quorum') },
    });
    expect(statuses(result.steps)).toEqual(['completed']);
  });

  it.each([0, 3, 1.5, Number.NaN])('takes no quorum of %s of two', async (quorum) => {
    const { manager } = managed({ agents: [scriptedAgent('a'), scriptedAgent('b')] });
    await expect(
      manager.parallelHandoff({ targets: ['a', 'b'], task, join: { quorum } }),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
  });

  it('runs once under one idempotency key, also for another manager', async () => {
    const a = scriptedAgent('a');
    const b = scriptedAgent('b');
    const first = managed({ agents: [a, b] });
    const second = managed({ agents: [a, b], store: first.store, ids: countingIds('-b') });
    const input = { targets: ['a', 'b'], task } as const;
    const options = { idempotencyKey: 'k' };
    const results = [
      await first.manager.parallelHandoff(input, options),
      await second.manager.parallelHandoff(input, options),
      await first.manager.parallelHandoff(input, options),
    ];
    expect(new Set(results.map(({ taskId }) => taskId)).size).toBe(1);
    expect(results.map(({ findings }) => findings)).toEqual(
      Array(3).fill({ a: 'a is done', b: 'b is done' }),
    );
    expect([a.calls.length, b.calls.length]).toEqual([1, 1]);
    expect(
      await second.manager.parallelHandoff({ ...input, task: 'Other' }, options),
    ).toMatchObject({ status: 'rejected', error: { code: 'INVALID_CONTEXT' } });
  });
});

describe('failoverHandoff', () => {
  it('goes to the next target with the error as a finding, beside the chain', async () => {
    const third = scriptedAgent('c', 'Done.');
    const { manager, log, expectEnded } = managed({
      agents: [scriptedAgent('a', failing), scriptedAgent('b', ''), third],
      maxChain: 0,
    });
    const result = await manager.failoverHandoff({ targets: ['a', 'b', 'c'], task });
    expect(result).toMatchObject({ status: 'completed', output: 'Done.' });
    expect(statuses(result.steps)).toEqual(['failed', 'failed', 'completed']);
    expect(third.calls[0]?.context).toMatchObject({
      reason: 'failure',
      handoffChain: [],
      findings: {
        a: { failed: 'AGENT_FAILED', message: expect.stringContaining('down') },
        b: { failed: 'EMPTY_OUTPUT' },
      },
    });
    expect((await log(result.taskId)).filter((line) => line.startsWith('requested'))).toHaveLength(
      3,
    );
    await expectEnded(result.taskId);
  });

  it('leaves what its parent knows, also where a refusal was never recorded', async () => {
    const picky = createHandoffAgent({
      id: 'b',
      model: scriptedModel('B'),
      payloadSchema: z.object({ order: z.number() }),
    });
    const third = scriptedAgent('c', 'Done.');
    const { manager, expectEnded } = managed({
      agents: [scriptedAgent('a', 'A'), scriptedAgent('x', failing), picky, third],
    });
    const before = await manager.executeHandoff({ target: 'b', task, payload: { order: 1182 } });
    const parent = await manager.executeHandoff({ target: 'a', task, parent: before });
    const result = await manager.failoverHandoff({
      targets: [{ target: 'b', payload: { order: '1182' } as never }, 'x', 'c'],
      task,
      findings: { x: 'known too' },
      parent,
    });
    expect(result).toMatchObject({ status: 'completed', output: 'Done.' });
    expect(third.calls[0]?.context.findings).toEqual({
      a: 'A',
      b: 'B',
      x: 'known too',
      'b#2': { failed: 'INVALID_PAYLOAD', message: expect.stringContaining('payloadSchema') },
      'x#2': { failed: 'AGENT_FAILED', message: expect.stringContaining('down') },
    });
    await expectEnded(result.taskId);
  });

  it('asks nobody any more where the content was erased meanwhile', async () => {
    const inner = memoryStore();
    const next = scriptedAgent('b');
    const { manager, store } = managed({
      agents: [scriptedAgent('a', failing), next],
      store: {
        ...faultyStore(inner),
        async append(taskId, ...rest) {
          const answer = await inner.append(taskId, ...rest);
          if (rest[1].some(({ type }) => type === 'failed')) await manager.erase(taskId);
          return answer;
        },
      },
    });
    const result = await manager.failoverHandoff({ targets: ['a', 'b'], task });
    expect(result).toMatchObject({ error: { message: expect.stringContaining('erased') } });
    expect(next.calls).toHaveLength(0);
    const log = await store.readTask(result.taskId);
    expect(log.at(-1)?.type).toBe('erased');
    expect(await manager.interrupted()).toEqual([]);
  });

  it('stops where the next one would be refused too, and where all have failed', async () => {
    const next = scriptedAgent('b');
    const { manager } = managed({
      agents: [scriptedAgent('a', failing), next],
      limits: { maxHandoffs: 1 },
    });
    const limited = await manager.failoverHandoff({ targets: ['a', 'b', 'a'], task });
    expect(limited).toMatchObject({ status: 'rejected', error: { code: 'LIMIT_EXCEEDED' } });
    expect(limited.steps).toHaveLength(2);
    const all = managed({ agents: [scriptedAgent('a', failing)] });
    expect(await all.manager.failoverHandoff({ targets: ['a', 'a'], task })).toMatchObject({
      status: 'failed',
      steps: [{ status: 'failed' }, { status: 'failed' }],
    });
  });
});

describe('escalateHandoff', () => {
  const level = (id: string, confidence: number) =>
    scriptedAgent(id, () => report({ output: id, confidence }));

  it('goes up until the confidence is reached', async () => {
    const l2 = level('l2', 0.9);
    const l3 = level('l3', 1);
    const { manager, expectEnded } = managed({ agents: [level('l1', 0.4), l2, l3] });
    const result = await manager.escalateHandoff({
      targets: ['l1', 'l2', 'l3'],
      task,
      until: 0.8,
    });
    expect(result).toMatchObject({ output: 'l2', finalConfidence: 0.9 });
    expect(result.steps).toHaveLength(2);
    expect(l3.calls).toHaveLength(0);
    expect(l2.calls[0]?.context).toMatchObject({
      reason: 'escalation',
      sourceAgentId: 'l1',
      handoffChain: ['l1'],
      findings: { l1: 'l1' },
      confidence: 0.4,
    });
    await expectEnded(result.taskId);
  });

  it('goes past a level that fails', async () => {
    const top = level('l3', 0.5);
    const { manager, expectEnded } = managed({
      agents: [level('l1', 0.4), scriptedAgent('l2', failing), top],
    });
    const result = await manager.escalateHandoff({ targets: ['l1', 'l2', 'l3'], task, until: 1 });
    expect(result).toMatchObject({ status: 'completed', output: 'l3' });
    expect(top.calls[0]?.context.findings).toMatchObject({
      l1: 'l1',
      l2: { failed: 'AGENT_FAILED' },
    });
    await expectEnded(result.taskId);
  });

  it.each([-1, 2, Number.NaN, '0.5'])('takes no confidence of %s', async (until) => {
    const { manager } = managed({ agents: [level('l1', 1)] });
    await expect(
      manager.escalateHandoff({ targets: ['l1'], task, until: until as number }),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
  });
});

describe('returnHandoff', () => {
  it('gives the work back to whoever handed it on', async () => {
    const triage = scriptedAgent('triage', ({ call }) => `triage ${call}`);
    const { manager, expectEnded } = managed({ agents: [triage, scriptedAgent('billing', 'B')] });
    const chain = await manager.chainHandoff({ targets: ['triage', 'billing'], task });
    const result = await manager.returnHandoff({ result: chain, findings: { note: 'checked' } });
    expect(result).toMatchObject({ status: 'completed', targetAgentId: 'triage' });
    expect(triage.calls[1]?.context).toMatchObject({
      reason: 'completion',
      sourceAgentId: 'billing',
      originalTask: task,
      findings: { triage: 'triage 1', billing: 'B', note: 'checked' },
    });
    await expectEnded(result.taskId);
    const first = await manager.executeHandoff({ target: 'billing', task });
    await expect(manager.returnHandoff({ result: first })).rejects.toMatchObject({
      code: 'PATH_DENIED',
    });
  });
});

describe('patterns within an agent', () => {
  it('roll up their usage, and end with it', async () => {
    const inner: Managed<HandoffAgent> = managed({
      agents: [
        scriptedAgent('a', () => report(tokens(1))),
        scriptedAgent('b', () => report(tokens(2))),
        scriptedAgent('lead', async ({ context }) => {
          const manager: HandoffManager = inner.manager;
          const parent = context.handoffId;
          const chain = await manager.chainHandoff({ targets: ['a', 'b'], task, parent });
          const both = await manager.parallelHandoff({ targets: ['a', 'b'], task, parent });
          return report({ output: `${chain.status} ${both.status}`, ...tokens(10) });
        }),
      ],
    });
    const result = await inner.manager.executeHandoff({ target: 'lead', task });
    expect(result).toMatchObject({ output: 'completed completed', usage: { totalTokens: 16 } });
    await inner.expectEnded(result.taskId);
  });
});

describe('a chain within an agent', () => {
  it.each(['its caller', 'another process'])(
    'ends with it, at whichever step it is, when %s cancels',
    async (who) => {
      let inner: Managed<HandoffAgent> | undefined;
      const b = scriptedAgent('b', untilAborted);
      const lead = scriptedAgent('lead', async ({ context: { handoffId: parent } }) => {
        await inner?.manager.chainHandoff({ targets: ['a', 'b'], task, parent });
        return 'done';
      });
      inner = managed({ agents: [scriptedAgent('a'), b, lead] });
      const { signal, abort } = aborting();
      const running = inner.manager.executeHandoff({ target: 'lead', task }, { signal });
      await until(() => b.calls.length === 1);
      const [first] = await inner.manager.history();
      if (who === 'its caller') abort();
      else await inner.manager.cancel(first?.handoffId ?? '');
      const result = await running;
      expect(result).toMatchObject({ status: 'cancelled' });
      expect(b.calls[0]?.options.signal?.aborted).toBe(true);
      await inner.expectEnded(result.taskId);
    },
  );

  it('ends with it between two of its steps', async () => {
    let inner: Managed<HandoffAgent> | undefined;
    const { signal, abort } = aborting();
    const a = scriptedAgent('a', () => {
      abort();
      return 'a!';
    });
    const lead = scriptedAgent('lead', async ({ context: { handoffId: parent } }) => {
      await inner?.manager.chainHandoff({ targets: ['a', 'b'], task, parent });
      return 'done';
    });
    inner = managed({ agents: [a, scriptedAgent('b', untilAborted), lead] });
    const result = await inner.manager.executeHandoff({ target: 'lead', task }, { signal });
    await turns();
    await inner.expectEnded(result.taskId);
  });
});

function aborting() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe('erase', () => {
  it('takes the content of an ended task, and leaves a record that verifies', async () => {
    const { manager, store } = managed({ agents: [scriptedAgent('a')] });
    const { taskId, handoffId } = await manager.executeHandoff({ target: 'a', task });
    await manager.executeHandoff({ target: 'a', task: 'Other' });
    await manager.erase(taskId, { by: 'dpo' });
    const log = await store.readTask(taskId);
    expect(log.at(-1)).toMatchObject({ type: 'erased', by: 'dpo' });
    const digests = log.flatMap(({ contextDigest, outcomeDigest = '' }) => [
      contextDigest,
      outcomeDigest,
    ]);
    expect((await store.readBodies(taskId, digests)).filter(Boolean)).toEqual([]);
    expect(await manager.verify(taskId)).toMatchObject({ intact: true, bodies: 0 });
    expect(await manager.history()).toHaveLength(1);
    await expect(manager.get(handoffId)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(manager.erase('nope')).rejects.toMatchObject({ code: 'HANDOFF_NOT_FOUND' });
  });

  it('takes nothing of a task that goes on', async () => {
    const { manager } = managed({ agents: [scriptedAgent('a')] });
    const { taskId } = await manager.createHandoff({ target: 'a', task });
    await expect(manager.erase(taskId)).rejects.toMatchObject({ code: 'INVALID_CONTEXT' });
  });
});

describe('toMermaid', () => {
  it('draws each handoff as an edge', async () => {
    const { manager } = managed({ agents: [scriptedAgent('a', failing), scriptedAgent('b')] });
    await manager.failoverHandoff({ targets: ['a', 'b'], task });
    const entries = await manager.history();
    expect(manager.toMermaid(entries)).toBe(toMermaid(entries));
    expect(toMermaid(entries)).toBe(
      [
        'flowchart LR',
        '  a0(["user"])',
        '  a1["a"]',
        '  a2["b"]',
        '  a0 --x|"1. specialization, failed"| a1',
        '  a0 -->|"2. failure"| a2',
        '',
      ].join('\n'),
    );
  });
});
