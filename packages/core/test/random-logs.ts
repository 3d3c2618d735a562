import fc from 'fast-check';
import type { HandoffAgent } from '../src/agent/handoff-agent.ts';
import { HandoffError } from '../src/errors/handoff-error.ts';
import type { HandoffRecord } from '../src/record/handoff-record.ts';
import type { StoredBody } from '../src/record/stored-body.ts';
import { countingIds } from './counting-ids.ts';
import { managed } from './managed.ts';
import { report, type Script, scriptedAgent, tokens } from './scripted-agent.ts';

/** One task as a store keeps it. */
export interface StoredTask {
  readonly records: readonly HandoffRecord[];
  readonly bodies: readonly StoredBody[];
}

const targets = ['alpha', 'beta', 'gamma'] as const;
type Target = (typeof targets)[number];

/** What a program does with a manager, step by step. */
export interface LogStep {
  readonly act: 'begin' | 'go on' | 'chain' | 'request' | 'request and cancel' | 'replay';
  readonly target: Target;
  /** How the target takes it: `delegates` hands a part on to another and waits. */
  readonly answer:
    | 'answers'
    | 'fails'
    | 'is refused'
    | 'stops short'
    | 'delegates'
    | 'is cancelled';
  readonly of: number;
}

export const logSteps: fc.Arbitrary<LogStep[]> = fc.array(
  fc.record<LogStep>({
    act: fc.constantFrom(
      'begin',
      'go on',
      'go on',
      'chain',
      'request',
      'request and cancel',
      'replay',
    ),
    target: fc.constantFrom(...targets),
    answer: fc.constantFrom(
      'answers',
      'answers',
      'answers',
      'fails',
      'is refused',
      'stops short',
      'delegates',
      'is cancelled',
    ),
    of: fc.nat(),
  }),
  { minLength: 1, maxLength: 6 },
);

/** The tasks that a real manager records when it is driven by these steps. */
export async function recordTasks(steps: readonly LogStep[]): Promise<StoredTask[]> {
  let answer: LogStep['answer'] = 'answers';
  let aborting = new AbortController();
  const script: Script = async ({ context, options: { signal }, call }) => {
    const said = answer;
    answer = 'answers';
    switch (said) {
      case 'fails':
        throw new HandoffError('AGENT_FAILED', 'out of paper', { details: { tray: call } });
      case 'stops short':
        return report({ status: 'incomplete', output: 'so far' });
      case 'is cancelled':
        aborting.abort();
        return new Promise((_, reject) => reject(signal?.reason));
      case 'delegates': {
        const helper = targets.find((id) => id !== context.targetAgentId) as Target;
        const part = await manager.executeHandoff({
          source: context.targetAgentId as Target,
          target: helper,
          task: 'A part of it',
          reason: 'delegation',
          parent: context,
        });
        return report({ output: `with ${part.status}`, ...tokens(7) });
      }
      default:
        return report({ output: `Done “${call}” — ünïcode`, findings: { b: call, a: [null] } });
    }
  };
  const agents: HandoffAgent<Target>[] = targets.map((id) => scriptedAgent(id, script));
  const { manager, store, clock } = managed({
    agents,
    ids: countingIds(),
    policies: [
      {
        name: 'mood',
        decide: () => (answer === 'is refused' ? { deny: 'not today' } : 'permit'),
      },
    ],
  });

  const begun: { readonly handoffId: string }[] = [];
  /** What was refused before it was written is none to go on from. */
  const keep = async (one: { readonly handoffId: string }): Promise<void> => {
    if (await manager.get(one.handoffId)) begun.push(one);
  };
  for (const { act, target, answer: wanted, of } of steps) {
    answer = wanted;
    aborting = new AbortController();
    const { signal } = aborting;
    const earlier = begun[of % Math.max(1, begun.length)];
    const input = { target, task: `Work for ${target}`, findings: { order: 1182 } };
    await clock.advance(1 + (of % 5_000));
    if (act === 'begin' || earlier === undefined) {
      await keep(await manager.executeHandoff(input, { signal, principal: 'anna' }));
    } else if (act === 'go on') {
      const scope = ['read', 'write'].slice(of % 3);
      await keep(await manager.executeHandoff({ ...input, parent: earlier, scope }, { signal }));
    } else if (act === 'chain') {
      const chain = targets.filter((id) => id !== target);
      await keep(await manager.chainHandoff({ targets: [target, ...chain], task: 'All of it' }));
    } else if (act === 'replay') {
      begun.push((await manager.replay(earlier.handoffId, { signal })).replayed);
    } else {
      if (answer === 'is refused') answer = 'answers';
      const context = await manager.createHandoff(input);
      if (act === 'request and cancel') await manager.cancel(context.handoffId);
      await keep(context);
    }
  }

  const taskIds = new Set<string>();
  for (const [first] of (await store.query({ limit: 1_000 })).handoffs) {
    if (first) taskIds.add(first.taskId);
  }
  const tasks: StoredTask[] = [];
  for (const taskId of taskIds) {
    const records = await store.readTask(taskId);
    const digests = new Set(
      records.flatMap(({ contextDigest, outcomeDigest }) =>
        outcomeDigest === undefined ? [contextDigest] : [contextDigest, outcomeDigest],
      ),
    );
    const bodies = await store.readBodies(taskId, [...digests]);
    tasks.push({ records, bodies: bodies.filter((body) => body !== undefined) });
  }
  return tasks;
}
