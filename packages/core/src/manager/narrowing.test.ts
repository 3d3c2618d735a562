import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { never, report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import type { HandoffResult } from '../line/handoff-result.ts';

/** From triage by transfer to billing, which delegates to books, which delegates to archive. */
function desk(scopes: Readonly<Record<string, readonly string[]>> = {}) {
  const scoped = (id: string) => (scopes[id] === undefined ? {} : { scope: scopes[id] });
  const triage = scriptedAgent('triage', calling([['transfer_to_billing', {}]]), {
    canTransferTo: ['billing'],
    ...scoped('triage'),
  });
  const billing = scriptedAgent(
    'billing',
    calling([['delegate_to_books', { task: 'Look' }]], 'Paid.'),
    {
      canDelegateTo: ['books'],
      ...scoped('billing'),
    },
  );
  const books = scriptedAgent(
    'books',
    calling([['delegate_to_archive', { task: 'Dig' }]], 'Found.'),
    {
      canDelegateTo: ['archive'],
      ...scoped('books'),
    },
  );
  const archive = scriptedAgent('archive', 'Here.', scoped('archive'));
  return { triage, billing, books, archive, agents: [triage, billing, books, archive] };
}

const allCalls = ({ agents }: ReturnType<typeof desk>) => agents.flatMap(({ calls }) => calls);

describe('what a caller narrows', () => {
  it('holds for every step of a run and all that is given out in it', async () => {
    const { agents, ...who } = desk();
    const { manager, store, expectEnded } = managed({ agents });
    const result = await manager.run(
      {
        entry: 'triage',
        input: 'Hello',
        scope: ['search'],
        deadlineAt: '2026-11-24T09:01:00.000Z',
      },
      { limits: { maxHandoffs: 4, maxTokens: 900, timeoutMs: 50_000 } },
    );
    expect(result).toMatchObject({ status: 'completed', output: 'Paid.' });
    const calls = allCalls({ agents, ...who });
    expect(calls).toHaveLength(4);
    for (const { context } of calls) {
      expect(context.scope).toEqual(['search']);
      expect(context.deadlineAt).toBe('2026-11-24T09:01:00.000Z');
      expect(context.remaining.tokens).toBeLessThanOrEqual(900);
    }
    for (const { ledger, leaseUntil } of await store.readTask(result.taskId)) {
      expect(ledger.limits).toMatchObject({ maxHandoffs: 4, maxTokens: 900, timeoutMs: 50_000 });
      // 50 s, and 30 s to write the end.
      if (leaseUntil) expect(leaseUntil).toBe('2026-11-24T09:01:20.000Z');
    }
    await expectEnded(result.taskId);
  });

  it('refuses the step that is too many, and says which limit, how much was used and by whom', async () => {
    const { agents } = desk();
    const { manager } = managed({ agents });
    const result = await manager.run(
      { entry: 'triage', input: 'Hello' },
      { limits: { maxHandoffs: 2 } },
    );
    // Billing is told, and answers without the books.
    expect(result).toMatchObject({ status: 'completed', output: 'Paid.' });
    const [refused] = await manager.history({ status: 'rejected' });
    expect(refused?.result?.error).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringMatching(/maxHandoffs is 2.*triage 1, billing 1/),
      details: { limit: 'maxHandoffs', bound: 2, by: { triage: 1, billing: 1 } },
    });
  });

  it('says by whom the tokens and the money were spent', async () => {
    const a = scriptedAgent('a', () => report({ ...tokens(60) }));
    const b = scriptedAgent('b', () => report({ ...tokens(50) }));
    const agents = [a, b, scriptedAgent('c')];
    const price = ({ totalTokens }: { totalTokens: number }) => totalTokens / 100;
    for (const limits of [{ maxTokens: 100 }, { maxCostUsd: 1 }]) {
      const { manager } = managed({ agents, price, limits });
      const result = await manager.chainHandoff({ targets: ['a', 'b', 'c'], task: 'Go' });
      const spent = 'maxTokens' in limits ? { a: 60, b: 50 } : { a: 0.6, b: 0.5 };
      expect(result.error).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { by: spent } });
    }
  });
});

describe('the scope of a path', () => {
  it('gets narrower with each agent on it, and never wider', async () => {
    const world = desk({
      triage: ['search', 'mail', 'pay'],
      billing: ['mail', 'pay', 'admin'],
      books: ['*'],
      archive: ['pay', 'admin'],
    });
    const { manager } = managed({ agents: world.agents });
    await manager.run({ entry: 'triage', input: 'Hello', scope: ['search', 'pay', 'mail'] });
    const scopes = world.agents.map(({ calls }) => [...(calls[0]?.context.scope ?? [])].sort());
    expect(scopes).toEqual([['mail', 'pay', 'search'], ['mail', 'pay'], ['mail', 'pay'], ['pay']]);
  });

  it('is what all branches of a join allow, whoever of them ended last', async () => {
    for (const last of ['narrow', 'wide']) {
      const answering: Script = async ({ context: { targetAgentId } }) => {
        if (targetAgentId === last) await turns();
        return 'x';
      };
      const narrow = scriptedAgent('narrow', answering, { scope: ['search'] });
      const editor = scriptedAgent('editor');
      const { manager } = managed({ agents: [narrow, scriptedAgent('wide', answering), editor] });
      const targets = ['narrow', 'wide'] as const;
      const parent = await manager.parallelHandoff({ targets, task: 'Look' });
      expect(parent.targetAgentId).toBe(last);
      await manager.executeHandoff({ target: 'editor', task: 'Merge', parent });
      expect(editor.calls[0]?.context.scope).toEqual(['search']);
    }
  });

  it('can’t be widened by who continues it', async () => {
    const { agents, archive } = desk();
    const { manager } = managed({ agents });
    const parent = await manager.executeHandoff({
      target: 'archive',
      task: 'Dig',
      scope: ['search'],
    });
    for (const scope of [['*'], ['search', 'pay'], undefined]) {
      const given = scope === undefined ? {} : { scope };
      await manager.executeHandoff({ target: 'books', task: 'Go on', parent, ...given });
      await manager.failoverHandoff({ targets: ['billing'], task: 'Go on', parent, ...given });
    }
    for (const { context } of allCalls({ agents, archive } as never).slice(1)) {
      expect(context.scope).toEqual(['search']);
    }
  });
});

describe('a deadline', () => {
  it('ends all that is given out under it, three levels deep', async () => {
    const { agents } = desk();
    const slow = scriptedAgent('archive', never);
    const { manager, clock, expectEnded } = managed({ agents: [...agents.slice(0, 3), slow] });
    const running = manager.run({
      entry: 'triage',
      input: 'Hello',
      deadlineAt: '2026-11-24T09:00:10.000Z',
    });
    await until(() => slow.calls.length === 1);
    await clock.advance(10_000);
    const result = await running;
    expect(result).toMatchObject({ status: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
    await expectEnded(result.taskId);
    for (const { acceptedAt, endedAt } of await manager.history()) {
      if (acceptedAt) expect(String(endedAt) <= '2026-11-24T09:00:10.000Z').toBe(true);
    }
  });
});

describe('money', () => {
  it('is shared by branches, so that they don’t begin what they can’t pay together', async () => {
    const spender = (id: string) =>
      scriptedAgent(id, () => report({ output: `${id}!`, ...tokens(30) }));
    const agents = ['a', 'b', 'c'].map(spender);
    const { manager, store, expectEnded } = managed({
      agents,
      limits: { maxCostUsd: 0.9 },
      price: ({ totalTokens }) => totalTokens / 100,
    });
    const targets = agents.map(({ id }) => id);
    const result = await manager.parallelHandoff({ targets, task: 'Go' });
    expect(result).toMatchObject({ status: 'completed', usage: { costUsd: expect.closeTo(0.9) } });
    const log = await store.readTask(result.taskId);
    for (const { ledger } of log) {
      expect(ledger.used.costUsd + ledger.reserved.costUsd).toBeLessThanOrEqual(0.9);
    }
    expect(
      await manager.executeHandoff({ target: 'a', task: 'More', parent: result }),
    ).toMatchObject({
      status: 'rejected',
      error: { code: 'LIMIT_EXCEEDED', details: { limit: 'maxCostUsd' } },
    });
    await expectEnded(result.taskId);
  });
});

describe('two at once', () => {
  const processes = () => {
    let finish = (): void => {};
    const slow = () =>
      new Promise((resolve) => {
        finish = () => resolve(report({ output: 'done' }));
      });
    const billing = scriptedAgent('billing', slow, { repeatable: true });
    const first = managed({ agents: [billing] });
    const second = managed({
      agents: [billing],
      store: first.store,
      clock: first.clock,
      ids: countingIds('-b'),
    });
    return { first, second, billing, finish: () => finish() };
  };

  it('that resume the same have the same result of one call', async () => {
    const { first, second, billing, finish } = processes();
    const running = first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await until(() => billing.calls.length === 1);
    const resumed = [first.manager.resume('handoff-1'), second.manager.resume('handoff-1')];
    finish();
    const [result, ...same] = (await Promise.all([running, ...resumed])) as [HandoffResult];
    expect(result).toMatchObject({ status: 'completed', output: 'done' });
    expect(same).toEqual([result, result]);
    expect(billing.calls).toHaveLength(1);
    await second.expectEnded('task-1');
  });

  it('of whom one resumes and one cancels agree on the end', async () => {
    const { first, second, billing } = processes();
    const running = first.manager.executeHandoff({ target: 'billing', task: 'Refund' });
    await until(() => billing.calls.length === 1);
    const [resumed, cancelled] = await Promise.all([
      second.manager.resume('handoff-1'),
      second.manager.cancel('handoff-1'),
    ]);
    expect(resumed).toMatchObject({ status: 'cancelled' });
    expect(cancelled).toMatchObject({ status: 'cancelled' });
    expect(await first.log('task-1')).toHaveLength(3);
    // The process that runs it learns of the end when it writes its own.
    await first.clock.advance(300_000);
    expect(await running).toMatchObject({ status: 'cancelled' });
  });
});

describe('erasing', () => {
  it('between the steps of a chain stops it: what is gone is not handed on', async () => {
    const store = managed({ agents: [scriptedAgent('a')] }).store;
    const erasing = scriptedAgent('b', 'b!');
    const agents = [scriptedAgent('a', 'a!'), erasing];
    const eraser = managed({ agents, store, ids: countingIds('-b') }).manager;
    const { manager, log } = managed({
      agents,
      store: withErase(store, (taskId) => eraser.erase(taskId)),
    });
    const result = await manager.chainHandoff({ targets: ['a', 'b'], task: 'Go' });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'STORE_FAILED' } });
    expect(erasing.calls).toHaveLength(0);
    expect(await log(result.taskId)).toEqual([
      'requested user>a',
      'accepted user>a',
      'completed user>a',
      'erased user>a',
    ]);
    expect(await manager.verify(result.taskId)).toMatchObject({ intact: true });
  });

  it('behind the last of the branches leaves nothing to be joined, however late it comes', async () => {
    const agents = [scriptedAgent('a', 'a!'), scriptedAgent('b', 'b!')];
    const { manager, store } = managed({ agents });
    const result = await manager.parallelHandoff({
      targets: ['a', 'b'],
      task: 'Go',
      aggregate: async ([first]) => {
        await manager.erase(first?.taskId ?? '');
        return 'both';
      },
    });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'STORE_FAILED' } });
    expect(result.steps.map(({ output }) => output)).toEqual(['a!', 'b!']);
    const log = await store.readTask(result.taskId);
    expect(log.at(-1)?.type).toBe('erased');
    expect(await manager.verify(result.taskId)).toMatchObject({ intact: true, bodies: 0 });
  });
});

/** A store on which somebody erases a task as soon as its first handoff has completed. */
function withErase(
  store: ReturnType<typeof managed>['store'],
  erase: (taskId: string) => Promise<void>,
): typeof store {
  return {
    append: async (...args) => {
      const answer = await store.append(...args);
      if (args[2].some(({ type }) => type === 'completed')) await erase(args[0]);
      return answer;
    },
    readTask: (taskId) => store.readTask(taskId),
    findTask: (handoffId) => store.findTask(handoffId),
    readBodies: (...args) => store.readBodies(...args),
    query: (query) => store.query(query),
    prune: (query) => store.prune(query),
    watch: (...args) => store.watch(...args),
  };
}
