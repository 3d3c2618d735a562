import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { never, scriptedAgent } from '../../test/scripted-agent.ts';
import { turns } from '../../test/turns.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const agents = ['triage', 'billing', 'legal', 'books'].map((id) => scriptedAgent(id));
const desk = (options: object = {}) => managed({ agents, ...options });

describe('a parent', () => {
  it('is refused where it doesn’t hold the task, which says how it stands', async () => {
    const failing = scriptedAgent('failing', () => {
      throw new Error('out of order');
    });
    const { manager } = managed({
      agents: [failing, ...agents],
      policies: [
        {
          name: 'rules',
          decide: ({ context: { targetAgentId: target } }) =>
            target === 'legal'
              ? { deny: 'not today' }
              : target === 'books'
                ? { requireApproval: 'ask' }
                : 'permit',
        },
      ],
    });
    const cancelled = await manager.createHandoff({ target: 'billing', task: 'x' });
    await manager.cancel(cancelled.handoffId);
    const parents: [string, { readonly handoffId: string }, string][] = [
      ['failed', await manager.executeHandoff({ target: 'failing', task: 'x' }), 'failing'],
      ['rejected', await manager.executeHandoff({ target: 'legal', task: 'x' }), 'legal'],
      ['cancelled', cancelled, 'billing'],
      ['requested', await manager.createHandoff({ target: 'billing', task: 'x' }), 'billing'],
      ['approval-requested', await manager.executeHandoff({ target: 'books', task: 'x' }), 'books'],
    ];
    for (const [status, { handoffId }, target] of parents) {
      const next = { target: 'triage', task: 'Go on', parent: handoffId };
      expect(await manager.executeHandoff(next)).toMatchObject({
        status: 'rejected',
        error: {
          code: 'INVALID_CONTEXT',
          message: `The parent "${handoffId}" is ${status}, so "${target}" doesn't hold the task: continue from a handoff that completed or runs.`,
          details: { parentId: handoffId, status },
        },
      });
    }
  });

  it('that nobody knows is refused, and no task is read for it', async () => {
    const inner = memoryStore();
    const read: unknown[] = [];
    const store: HandoffStore = {
      ...faultyStore(inner),
      readTask: (taskId) => {
        read.push(taskId);
        return inner.readTask(taskId);
      },
    };
    const next = { target: 'legal', task: 'Check', parent: 'handoff-9' };
    expect(await desk({ store }).manager.executeHandoff(next)).toMatchObject({
      status: 'rejected',
      error: {
        code: 'INVALID_CONTEXT',
        message:
          'The parent "handoff-9" is not in the store: pass the result of an earlier handoff of this manager, or none to begin a new task.',
        details: { parentId: 'handoff-9' },
      },
    });
    expect(read).toEqual([]);
  });

  it('that can’t be read fails what continues it, as does a task of branches', async () => {
    const store = faultyStore(memoryStore());
    const { manager } = desk({ store });
    const parent = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    store.break({ method: 'findTask', when: 'before' });
    const next = { target: 'legal', task: 'Check', parent };
    expect(await manager.executeHandoff(next)).toMatchObject({
      status: 'failed',
      error: {
        code: 'STORE_FAILED',
        message:
          'The store could not read the parent "handoff-1": disk on fire (findTask 1, before)',
      },
    });
    store.break({ method: 'readTask', when: 'before', calls: [1, 2] });
    const targets = ['billing', 'legal'];
    const { error } = await manager.parallelHandoff({ targets, task: 'Go', join: 'any' });
    expect(error?.message).toMatch(/^The store could not read task "task-\d": disk on fire/);
  });

  it('is continued by its holder alone; one of several by each of their holders', async () => {
    const { manager } = desk();
    const one = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const next = { target: 'triage', task: 'Go on', source: 'legal' };
    expect((await manager.executeHandoff({ ...next, parent: one })).error).toMatchObject({
      message: `The source "legal" doesn't hold the task after "${one.handoffId}": its holder is "billing".`,
      details: { parentId: one.handoffId, source: 'legal', holder: 'billing' },
    });
    const targets = ['billing', 'books'];
    const joined = await manager.parallelHandoff({ targets, task: 'Go' });
    const [holder, other] = [
      joined.targetAgentId,
      targets.find((id) => id !== joined.targetAgentId),
    ];
    expect((await manager.executeHandoff({ ...next, parent: joined })).error).toMatchObject({
      message: `The source "legal" doesn't hold the task after "${joined.handoffId}": its holder is "${holder}" or "${other}".`,
      details: { holder },
    });
    for (const source of targets) {
      const given = { ...next, source, parent: joined };
      expect(await manager.executeHandoff(given)).toMatchObject({ status: 'completed' });
    }
  });
});

describe('what continues a join', () => {
  it('continues the branches that made it, and not the others', async () => {
    const slow = scriptedAgent('slow', never);
    const { manager, expectEnded } = managed({ agents: [...agents, slow] });
    const targets = ['slow', 'billing'];
    const joined = await manager.parallelHandoff({ targets, task: 'Go', join: 'any' });
    await turns();
    const next = { target: 'legal', task: 'Check' };
    const context = (await manager.executeHandoff({ ...next, parent: joined })).returnedContext;
    expect(context?.parentIds).toEqual([joined.handoffId]);
    const all = await manager.parallelHandoff({ targets: ['billing', 'books'], task: 'Go' });
    const after = await manager.executeHandoff({ ...next, parent: all });
    expect(new Set(after.returnedContext?.parentIds)).toEqual(
      new Set(all.steps.map(({ handoffId }) => handoffId)),
    );
    // What continues that is no join any more.
    const last = await manager.executeHandoff({ target: 'triage', task: 'x', parent: after });
    expect(last.returnedContext?.parentIds).toEqual([after.handoffId]);
    await expectEnded(joined.taskId);
    await expectEnded(all.taskId);
    // A whole context is taken as it is.
    const parentIds = [all.handoffId];
    const asItIs = createHandoffContext({
      sourceAgentId: all.targetAgentId,
      targetAgentId: 'triage',
      originalTask: 'x',
      handoffChain: [all.targetAgentId],
      parentIds,
      taskId: all.taskId,
    });
    expect((await manager.executeHandoff(asItIs)).returnedContext?.parentIds).toEqual(parentIds);
  });
});

describe('a return', () => {
  it('goes back the way that the task came, step by step, as far as an agent handed it on', async () => {
    const { manager } = desk();
    const way = await manager.chainHandoff({
      targets: ['triage', 'billing', 'legal', 'books'],
      task: 'Refund',
    });
    const back: string[] = [];
    let result: { readonly handoffId: string } = way;
    for (let i = 0; i < 3; i++) {
      const returned = await manager.returnHandoff({ result });
      expect(returned).toMatchObject({ status: 'completed' });
      back.push(`${returned.sourceAgentId}>${returned.targetAgentId}`);
      result = returned;
    }
    expect(back).toEqual(['books>legal', 'legal>billing', 'billing>triage']);
    await expect(manager.returnHandoff({ result })).rejects.toMatchObject({ code: 'PATH_DENIED' });
  });

  it('goes back to who handed it on last, where an agent had it twice', async () => {
    const { manager } = desk();
    const way = await manager.chainHandoff({
      targets: ['triage', 'billing', 'legal', 'billing', 'books'],
      task: 'Refund',
    });
    const first = await manager.returnHandoff({ result: way });
    expect(first).toMatchObject({ targetAgentId: 'billing' });
    expect(await manager.returnHandoff({ result: first })).toMatchObject({
      targetAgentId: 'legal',
    });
  });

  it('goes nowhere from a replay of one: nobody handed that on', async () => {
    const { manager } = desk();
    const way = await manager.chainHandoff({ targets: ['triage', 'billing'], task: 'Refund' });
    const returned = await manager.returnHandoff({ result: way });
    const { replayed } = await manager.replay(returned.handoffId);
    expect(replayed).toMatchObject({ status: 'completed', targetAgentId: 'triage' });
    await expect(manager.returnHandoff({ result: replayed })).rejects.toMatchObject({
      code: 'PATH_DENIED',
      details: { handoffId: replayed.handoffId },
    });
  });
});
