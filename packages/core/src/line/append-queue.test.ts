import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { never, type Script, scriptedAgent } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import type { PolicyAnswer } from '../policy/policy.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';
import { AppendQueue } from './append-queue.ts';

const many = 200;

/** A lead, workers whose handoffs are to open in the lead's task, and a policy that takes its time. */
async function crew() {
  const asked: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<PolicyAnswer>>();
  const answer = Promise.withResolvers<string>();
  const { manager, ...made } = managed({
    agents: [
      scriptedAgent('lead'),
      scriptedAgent('slow', () => answer.promise),
      ...Array.from({ length: 20 }, (_, i) => scriptedAgent(`held${i}`, () => answer.promise)),
      ...Array.from({ length: many }, (_, i) => scriptedAgent(`w${i}`, `done ${i}`)),
    ],
    policies: [
      {
        name: 'gate',
        decide({ context: { targetAgentId } }) {
          asked.push(targetAgentId);
          return gates.get(targetAgentId)?.promise ?? 'permit';
        },
      },
    ],
    limits: { maxHandoffs: 1_000, maxTokens: 1e9 },
  });
  const lead = await manager.executeHandoff({ target: 'lead', task: 'Plan' });
  return {
    ...made,
    asked,
    answer,
    taskId: lead.taskId,
    begin: (target: 'slow' | `held${number}` | `w${number}`) =>
      manager.executeHandoff({ target, task: 'Work', parent: lead }),
    /** The policy keeps its answer back, until what comes of this is called. */
    shut(target: string): () => void {
      const gate = Promise.withResolvers<PolicyAnswer>();
      gates.set(target, gate);
      return () => {
        gates.delete(target);
        gate.resolve('permit');
      };
    },
  };
}

/** Whether a call has settled once everything went as far as it goes by itself. */
async function hasSettled(call: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  call.then(settle, settle);
  await turns(50);
  return settled;
}

describe('handoffs that open at once in one task', () => {
  it('all complete, however many; none is decided about again and again', async () => {
    const { begin, asked, taskId, expectEnded } = await crew();
    const results = await Promise.all(Array.from({ length: many }, (_, i) => begin(`w${i}`)));
    expect(results.map(({ output }) => output)).toEqual(results.map((_, i) => `done ${i}`));
    // At first, in its turn, and once more behind the end of the one before it.
    expect(asked.length).toBeLessThanOrEqual(3 * many + 1);
    await expectEnded(taskId);
  });

  it('are decided about twice at most, in their turn behind all before them, while none ends', async () => {
    const { begin, asked, answer, taskId, expectEnded } = await crew();
    const ids = Array.from({ length: 20 }, (_, i): `held${number}` => `held${i}`);
    const running = ids.map(begin);
    await turns(100);
    expect(await hasSettled(Promise.race(running))).toBe(false);
    answer.resolve('done');
    const results = await Promise.all(running);
    expect(results.map(({ status }) => status)).toEqual(ids.map(() => 'completed'));
    const twice = ids.flatMap((id) => [id, id]).slice(1);
    expect(asked.filter((id) => id !== 'lead').sort()).toEqual(twice.sort());
    await expectEnded(taskId);
  });

  it('keep no handoff from its end while a policy takes long', async () => {
    const { begin, shut, asked, answer, taskId, expectEnded } = await crew();
    const running = begin('slow');
    const open = shut('w1');
    const opening = begin('w1');
    await turns();
    await begin('w2');
    open();
    const openAgain = shut('w1');
    await turns();
    // It was beaten, and its turn goes on for as long as the policy takes.
    expect(asked.filter((target) => target === 'w1')).toHaveLength(2);
    answer.resolve('slow is done');
    expect(await hasSettled(running)).toBe(true);
    expect(await hasSettled(opening)).toBe(false);
    openAgain();
    expect(await opening).toMatchObject({ output: 'done 1' });
    await expectEnded(taskId);
  });

  it('wait ten seconds for one whose policy doesn’t answer, and no longer', async () => {
    const { begin, shut, taskId, clock, expectEnded } = await crew();
    const [openFirst, openSecond] = [shut('w1'), shut('w2')];
    const [first, second] = [begin('w1'), begin('w2')];
    await turns();
    await begin('w3');
    openFirst();
    const openAgain = shut('w1');
    await turns();
    openSecond();
    expect(await hasSettled(second)).toBe(false);
    await clock.advance(9_999);
    expect(await hasSettled(second)).toBe(false);
    await clock.advance(1);
    expect(await second).toMatchObject({ output: 'done 2' });
    openAgain();
    expect(await first).toMatchObject({ output: 'done 1' });
    await expectEnded(taskId);
  });
});

describe('a handoff that opens in its turn', () => {
  it('fails where the store can’t be read then, and keeps nobody waiting', async () => {
    const store = faultyStore(memoryStore());
    const ids = ['w0', 'w1', 'w2'] as const;
    const workers = ids.map((id) => scriptedAgent(id, `${id} is done`));
    const { manager, expectEnded } = managed({
      agents: [scriptedAgent('lead'), ...workers],
      store,
    });
    const parent = await manager.executeHandoff({ target: 'lead', task: 'Plan' });
    // Each reads the task before it opens; the second of the two that were beaten reads it again.
    store.break({ method: 'readTask', when: 'before', calls: [4] });
    const begin = (target: (typeof ids)[number]) =>
      manager.executeHandoff({ target, task: 'Work', parent });
    expect(await Promise.all(ids.map(begin))).toMatchObject([
      { output: 'w0 is done' },
      { output: 'w1 is done' },
      {
        status: 'failed',
        error: {
          code: 'STORE_FAILED',
          message: `The store could not read task "${parent.taskId}": disk on fire (readTask 4, before)`,
        },
      },
    ]);
    expect(await begin('w2')).toMatchObject({ output: 'w2 is done' });
    await expectEnded(parent.taskId);
  });
});

describe('a claim that waits for its turn', () => {
  it('is none any more where another process has claimed meanwhile', async () => {
    const ids = ['w0', 'w1', 'w2'] as const;
    const inner = memoryStore();
    const desk = (suffix: string, script: Script, store: HandoffStore = inner) => {
      // Each process has a clock of its own: that of the dead one stands still.
      const clock = new ManualClock();
      const workers = ids.map((id) => scriptedAgent(id, script, { repeatable: true }));
      const agents = [scriptedAgent('lead'), ...workers];
      return { ...managed({ agents, store, clock, ids: countingIds(suffix) }), workers };
    };
    const died = desk('-a', never);
    const parent = await died.manager.executeHandoff({ target: 'lead', task: 'Plan' });
    for (const target of ids) void died.manager.executeHandoff({ target, task: 'Work', parent });
    await turns();
    const handoffs = (await died.manager.history()).slice(1).map(({ handoffId }) => handoffId);
    const other = desk('-b', never);
    await other.clock.advance(330_001);
    let meddled = false;
    const third = desk('-c', () => 'done', {
      ...faultyStore(inner),
      async append(taskId, seq, records, options) {
        const answer = await inner.append(taskId, seq, records, options);
        // The first of the two that were beaten writes; the other one waits for its turn.
        if (records[0]?.target === 'w1' && answer.status === 'appended' && !meddled) {
          meddled = true;
          void other.manager.resume(handoffs[2] as string);
          await until(() => other.workers[2]?.calls.length === 1);
        }
        return answer;
      },
    });
    await third.clock.advance(330_001);
    const resumed = handoffs.map((handoffId) => third.manager.resume(handoffId));
    expect(await Promise.all(resumed.slice(0, 2))).toMatchObject([
      { output: 'done' },
      { output: 'done' },
    ]);
    expect(await hasSettled(resumed[2] as Promise<unknown>)).toBe(false);
    expect(meddled).toBe(true);
    expect(third.workers[2]?.calls).toHaveLength(0);
    const attempts = (await inner.readTask(parent.taskId)).filter(
      ({ target, type }) => target === 'w2' && type === 'accepted',
    );
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});

describe('a queue', () => {
  it('lets one in for each task, in the order in which they came', async () => {
    const clock = new ManualClock();
    const queue = new AppendQueue(clock);
    const entered: string[] = [];
    const enter = async (taskId: string, name: string) => {
      const leave = await queue.enter(taskId);
      entered.push(name);
      return leave;
    };
    const [a, b, c, other] = ['a', 'b', 'c']
      .map((name) => enter('t', name))
      .concat(enter('u', 'other'));
    await turns();
    expect(entered).toEqual(['a', 'other']);
    (await a)?.();
    await turns();
    expect(entered).toEqual(['a', 'other', 'b']);
    (await b)?.();
    (await c)?.();
    (await other)?.();
    expect(entered).toEqual(['a', 'other', 'b', 'c']);
    (await enter('t', 'd'))();
    expect(entered.at(-1)).toBe('d');
    expect(clock.waiting).toBe(0);
  });

  it('is busy for a task while anybody is in line for it, and keeps nothing of it afterwards', async () => {
    const clock = new ManualClock();
    const queue = new AppendQueue(clock);
    expect(queue.isBusy('t')).toBe(false);
    const leaveFirst = await queue.enter('t');
    const second = queue.enter('t');
    leaveFirst();
    const leaveSecond = await second;
    expect([queue.isBusy('t'), queue.isBusy('u')]).toEqual([true, false]);
    // Whoever comes now waits for the second, also when the first says again that it is done.
    leaveFirst();
    let entered = false;
    const third = queue.enter('t').then((leave) => {
      entered = true;
      return leave;
    });
    await turns();
    expect(entered).toBe(false);
    leaveSecond();
    (await third)();
    expect(queue.isBusy('t')).toBe(false);
    expect(clock.waiting).toBe(0);
  });
});
