import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { mortalStore } from '../../test/model/mortal-store.ts';
import { report, type ScriptedAgent, scriptedAgent } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { messageText } from '../context/message.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';
import type { HandoffManager } from './handoff-manager.ts';

/** Past every lease. */
const leaseMs = 330_001;

interface Scenario {
  readonly name: string;
  /** The agents of one process. */
  agents(repeatable: boolean): readonly ScriptedAgent<string>[];
  start(manager: HandoffManager): Promise<HandoffResult>;
  /** What it says at its end. */
  readonly output: string | RegExp;
}

const targets = ['a', 'b', 'c'] as const;
const three = (repeatable: boolean) =>
  targets.map((id) =>
    scriptedAgent(id, () => report({ output: `${id}!`, confidence: 0.9 }), { repeatable }),
  );
const failing = (id: string, repeatable: boolean) =>
  scriptedAgent(
    id,
    () => {
      throw new Error('out of order');
    },
    { repeatable },
  );

const scenarios: readonly Scenario[] = [
  {
    name: 'a handoff',
    agents: three,
    start: (manager) => manager.executeHandoff({ target: 'a', task: 'Go' }),
    output: 'a!',
  },
  {
    name: 'a chain',
    agents: three,
    start: (manager) => manager.chainHandoff({ targets, task: 'Go' }),
    output: 'c!',
  },
  {
    name: 'a failover',
    agents: (repeatable) => [
      failing('a', repeatable),
      failing('b', repeatable),
      ...three(repeatable).slice(2),
    ],
    start: (manager) => manager.failoverHandoff({ targets, task: 'Go' }),
    output: 'c!',
  },
  {
    name: 'an escalation',
    agents: (repeatable) =>
      targets.map((id, i) =>
        scriptedAgent(id, () => report({ output: `${id}!`, confidence: i / 2 }), { repeatable }),
      ),
    start: (manager) => manager.escalateHandoff({ targets, task: 'Go', until: 1 }),
    output: 'c!',
  },
  {
    name: 'branches',
    agents: three,
    start: (manager) => manager.parallelHandoff({ targets, task: 'Go' }),
    // Whoever ends last decides.
    output: /^[abc]!$/,
  },
  {
    name: 'a run with a transfer, a delegation and an escalation, on a thread',
    agents: (repeatable) => [
      scriptedAgent('triage', calling([['transfer_to_a', {}]]), {
        canTransferTo: ['a'],
        repeatable,
      }),
      scriptedAgent('a', calling([['delegate_to_b', { task: 'Look it up' }]], 'a!'), {
        canDelegateTo: ['b'],
        repeatable,
      }),
      scriptedAgent('b', calling([['delegate_to_c', { task: 'Look deeper' }]], 'b!'), {
        canDelegateTo: ['c'],
        repeatable,
      }),
      scriptedAgent('c', 'c!', { repeatable }),
    ],
    start: (manager) => manager.run({ entry: 'triage', input: 'Hello', threadId: 't' } as never),
    output: 'a!',
  },
];

const ends = ({ output }: Scenario) => ({
  status: 'completed',
  output: typeof output === 'string' ? output : expect.stringMatching(output),
});

function crashed(scenario: Scenario, lastWrite: number, repeatable: boolean) {
  const clock = new ManualClock();
  const store = memoryStore();
  const doomed = mortalStore(store, lastWrite);
  const before = scenario.agents(repeatable);
  const first = managed({ agents: before, store: doomed, clock });
  const after = scenario.agents(repeatable);
  const second = managed({ agents: after, store, clock, ids: countingIds('-b') });
  return { clock, store, doomed, first, second, agents: [...before, ...after] };
}

/** Writes of the scenario where nothing goes wrong. */
async function writesOf(scenario: Scenario): Promise<number> {
  const { first, doomed } = crashed(scenario, Number.POSITIVE_INFINITY, false);
  expect(await scenario.start(first.manager)).toMatchObject(ends(scenario));
  return doomed.writes;
}

async function rootOf(store: HandoffStore): Promise<string | undefined> {
  const { handoffs } = await store.query({ limit: 1 });
  return handoffs[0]?.[0]?.handoffId;
}

/** First attempts of each handoff: an attempt that continues is none. */
function firstCalls(agents: readonly ScriptedAgent<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { context, options } of agents.flatMap(({ calls }) => calls)) {
    if (options.resumeFrom) continue;
    counts.set(context.handoffId, (counts.get(context.handoffId) ?? 0) + 1);
  }
  return counts;
}

describe.each(scenarios)('$name whose process dies', (scenario) => {
  it.each([false, true])(
    'behind any of its writes is finished or interrupted, once (repeatable: %s)',
    async (repeatable) => {
      const writes = await writesOf(scenario);
      expect(writes).toBeGreaterThan(1);
      for (let lastWrite = 1; lastWrite <= writes; lastWrite++) {
        const { clock, store, doomed, first, second, agents } = crashed(
          scenario,
          lastWrite,
          repeatable,
        );
        void scenario.start(first.manager);
        await until(() => doomed.isDead);
        await clock.advance(leaseMs);
        const root = await rootOf(store);
        if (root === undefined) continue;
        const where = `behind write ${lastWrite} of ${writes}`;
        const listed = await second.manager.interrupted();
        if (lastWrite < writes) expect(listed.length, where).toBeGreaterThan(0);
        const result = await second.manager.resume(root);
        if (repeatable) expect(result, where).toMatchObject(ends(scenario));
        else if (result.status !== 'completed') {
          expect(result, where).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' } });
        }
        if (!repeatable) {
          for (const [handoffId, times] of firstCalls(agents))
            expect(times, `${where}: ${handoffId}`).toBe(1);
        }
        await clock.advance(leaseMs);
        await second.expectEnded(result.taskId);
        expect(await second.manager.interrupted(), where).toEqual([]);
      }
    },
  );

  it('is nowhere between its steps when it is over, or while it goes on', async () => {
    const { first, clock } = crashed(scenario, Number.POSITIVE_INFINITY, false);
    await scenario.start(first.manager);
    await clock.advance(leaseMs);
    expect(await first.manager.interrupted()).toEqual([]);
  });
});

describe('interrupted', () => {
  it('looks no further back than it is told', async () => {
    const clock = new ManualClock();
    const store = memoryStore();
    const doomed = mortalStore(store, 2);
    const { manager } = managed({ agents: three(false), store: doomed, clock });
    void manager.chainHandoff({ targets, task: 'Go' });
    await until(() => doomed.isDead);
    const since = new Date(clock.now() + 1).toISOString();
    await clock.advance(leaseMs);
    const second = managed({ agents: three(false), store, clock });
    expect(await second.manager.interrupted()).toHaveLength(1);
    expect(await second.manager.interrupted({ since })).toEqual([]);
  });
});

describe('a decision of which nothing came, since its process died,', () => {
  const lead = createPersonAgent({ id: 'lead' });
  const triage = scriptedAgent('triage', calling([['delegate_to_lead', { task: 'May I?' }]]), {
    canDelegateTo: ['lead'],
  });
  const agents = [triage, lead];

  it.each([
    ['approves what waited', 'lead', { type: 'approve' }],
    ['answers work that somebody waits for', 'triage', { type: 'answer', output: 'Yes.' }],
  ] as const)('is told as interrupted: it %s', async (_, target, decision) => {
    const first = managed({ agents });
    const { store, clock } = first;
    const { handoffId } = await first.manager.executeHandoff({ target, task: 'Go' });
    expect(await first.manager.interrupted()).toEqual([]);
    const [asked] = await first.manager.pending();
    const doomed = mortalStore(store, 1);
    const dying = managed({ agents, store: doomed, clock, ids: countingIds('-b') });
    void dying.manager.resume(asked?.handoffId ?? '', decision);
    await until(() => doomed.isDead);
    expect(await first.manager.pending()).toEqual([]);
    expect(await first.manager.interrupted()).toMatchObject([{ handoffId }]);
    const result = await first.manager.resume(handoffId);
    expect(result).toMatchObject({ status: 'completed', targetAgentId: target });
    expect(await first.manager.interrupted()).toEqual([]);
    await first.expectEnded(result.taskId);
  });

  it('and the work that it was about was cancelled: told so too', async () => {
    const { manager } = managed({ agents });
    const { handoffId } = await manager.executeHandoff({ target: 'triage', task: 'Go' });
    const [asked] = await manager.pending();
    await manager.cancel(asked?.handoffId ?? '');
    expect(await manager.interrupted()).toMatchObject([{ handoffId }]);
    expect(await manager.resume(handoffId)).toMatchObject({ status: 'completed' });
  });
});

describe('a person three delegations deep', () => {
  const lead = createPersonAgent({ id: 'lead' });
  const levels: Scenario = {
    name: 'levels',
    agents: (repeatable) => [
      scriptedAgent('a', calling([['delegate_to_b', { task: 'b?' }]], 'a!'), {
        canDelegateTo: ['b'],
        repeatable,
      }),
      scriptedAgent('b', calling([['delegate_to_c', { task: 'c?' }]], 'b!'), {
        canDelegateTo: ['c'],
        repeatable,
      }),
      scriptedAgent('c', calling([['delegate_to_lead', { task: 'lead?' }]], 'c!'), {
        canDelegateTo: ['lead'],
        repeatable,
      }),
      lead as never,
    ],
    start: (manager) => manager.executeHandoff({ target: 'a', task: 'Go' }),
    output: 'a!',
  };

  it('is answered, and all three go on, in another process', async () => {
    const { first, second, store } = crashed(levels, Number.POSITIVE_INFINITY, false);
    expect(await levels.start(first.manager)).toMatchObject({ status: 'awaiting-approval' });
    const [asked] = await second.manager.pending();
    expect(asked).toMatchObject({ targetAgentId: 'lead' });
    const answer = { type: 'answer', output: 'Yes.' } as const;
    const result = await second.manager.resume(asked?.handoffId ?? '', answer);
    expect(result).toMatchObject({ status: 'completed', targetAgentId: 'a', output: 'a!' });
    expect((await store.query({})).handoffs).toHaveLength(4);
    await second.expectEnded(result.taskId);
  });

  it('is answered although the process dies behind any write on the way', async () => {
    const answer = { type: 'answer', output: 'Yes.' } as const;
    let died = true;
    for (let lastWrite = 1; died; lastWrite++) {
      const { first, store, clock } = crashed(levels, Number.POSITIVE_INFINITY, true);
      const waiting = await levels.start(first.manager);
      const [asked] = await first.manager.pending();
      const doomed = mortalStore(store, lastWrite);
      const dying = managed({
        agents: levels.agents(true),
        store: doomed,
        clock,
        ids: countingIds('-b'),
      });
      let ended = false;
      void dying.manager.resume(asked?.handoffId ?? '', answer).then(() => {
        ended = true;
      });
      await until(() => doomed.isDead || ended);
      died = doomed.isDead;
      await clock.advance(leaseMs);
      const third = managed({ agents: levels.agents(true), store, clock, ids: countingIds('-c') });
      const result = await third.manager.resume(waiting.handoffId);
      expect(result, `behind write ${lastWrite}`).toMatchObject({
        status: 'completed',
        output: 'a!',
      });
      expect(result.messages?.map(messageText).at(-1)).toBe('a!');
      await third.expectEnded(result.taskId);
    }
  });
});
