import fc from 'fast-check';
import type { ApprovalDecision } from '../../src/agent/approval-decision.ts';
import type { ExecuteOptions } from '../../src/manager/handoff-input.ts';
import type { HandoffManager } from '../../src/manager/handoff-manager.ts';
import { isEnd } from '../../src/record/handoff-record.ts';
import type { HandoffLog } from '../../src/record/handoff-store.ts';
import { agentIds, hourMs, scopes, type World } from './world.ts';

/** One thing that a caller, or the world, does. */
export interface Act {
  readonly kind: (typeof kinds)[number];
  readonly process: number;
  /** Picks among what there is. */
  readonly pick: number;
  readonly targets: readonly string[];
  readonly key?: string | undefined;
  readonly threadId?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly maxHandoffs?: number | undefined;
  readonly abortAfterMs?: number | undefined;
  readonly decision: ApprovalDecision;
  readonly ms: number;
}

const kinds = [
  'execute',
  'chain',
  'parallel',
  'failover',
  'escalate',
  'run',
  'request',
  'submit',
  'continue',
  'return',
  'decide',
  'resume',
  'cancel',
  'crash',
  'wait',
  'replay',
  'follow',
  'look',
  'erase',
  'delete thread',
] as const;

const targets = fc.array(fc.constantFrom(...agentIds), { minLength: 1, maxLength: 3 });
const decisions = fc.constantFrom<ApprovalDecision>(
  { type: 'approve' },
  { type: 'approve' },
  { type: 'deny', reason: 'no' },
  { type: 'answer', output: 'Yes.' },
);
const sometimes = <Value>(value: fc.Arbitrary<Value>) =>
  fc.option(value, { nil: undefined, freq: 3 });
const seldom = <Value>(value: fc.Arbitrary<Value>) => {
  const none: fc.Arbitrary<Value | undefined> = fc.constant(undefined);
  return fc.oneof({ weight: 4, arbitrary: none }, { weight: 1, arbitrary: value });
};

export const acts: fc.Arbitrary<Act> = fc.record<Act>({
  kind: fc.oneof(
    {
      weight: 10,
      arbitrary: fc.constantFrom(
        ...(['execute', 'chain', 'parallel', 'failover', 'escalate', 'run', 'run', 'run'] as const),
      ),
    },
    {
      weight: 12,
      arbitrary: fc.constantFrom(
        ...(['decide', 'decide', 'decide', 'resume', 'cancel', 'wait'] as const),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...(['request', 'submit', 'continue', 'return'] as const)),
    },
    { weight: 3, arbitrary: fc.constant<Act['kind']>('crash') },
    { weight: 2, arbitrary: fc.constantFrom(...(['replay', 'follow', 'look'] as const)) },
    { weight: 1, arbitrary: fc.constantFrom(...(['erase', 'delete thread'] as const)) },
  ),
  process: fc.nat(1),
  pick: fc.nat(1_000),
  targets,
  key: seldom(fc.constantFrom('k1', 'k2')),
  threadId: sometimes(fc.constantFrom('t1', 't2')),
  scope: seldom(scopes),
  maxHandoffs: seldom(fc.integer({ min: 1, max: 4 })),
  abortAfterMs: seldom(fc.nat(2_000)),
  decision: decisions,
  ms: fc.oneof(
    { weight: 6, arbitrary: fc.nat(40) },
    { weight: 3, arbitrary: fc.nat(30_000) },
    { weight: 2, arbitrary: fc.constant(95_000) },
    { weight: 1, arbitrary: fc.constant(hourMs + 1) },
  ),
});

/** Does it, and lets as much time pass as it says. */
export async function perform(world: World, act: Act): Promise<void> {
  const { handoffs } = await world.store.query({ limit: 10_000 });
  const scene = sceneOf(world, act, handoffs);
  const work = works[act.kind](scene);
  const { key, threadId } = act;
  const isTurn = act.kind === 'run' || act.kind === 'follow';
  const turn = isTurn && key === undefined ? { threadId, input: scene.task.task } : {};
  if (work) world.ask(act.process, act.kind, work, turn);
  await world.clock.advance(act.ms);
}

/** What an act is about. */
interface Scene {
  readonly world: World;
  readonly act: Act;
  readonly handoffs: readonly HandoffLog[];
  readonly task: { readonly task: string; readonly scope?: readonly string[] };
  readonly target: string;
  readonly options: ExecuteOptions;
  /** The id of one of them. */
  one(of: readonly HandoffLog[]): string;
}

function sceneOf(world: World, act: Act, handoffs: readonly HandoffLog[]): Scene {
  const { key, maxHandoffs, abortAfterMs, scope, pick, targets: chosen } = act;
  const controller = new AbortController();
  if (abortAfterMs !== undefined) world.clock.schedule(abortAfterMs, () => controller.abort());
  return {
    world,
    act,
    handoffs,
    task: {
      // Under one key it is often the same work.
      task: key === undefined ? `Work ${world.asked.length}` : `Work under ${key}`,
      ...(scope === undefined ? {} : { scope }),
    },
    target: chosen[0] ?? 'a',
    options: {
      ...(key === undefined ? {} : { idempotencyKey: key }),
      ...(maxHandoffs === undefined ? {} : { limits: { maxHandoffs } }),
      ...(abortAfterMs === undefined ? {} : { signal: controller.signal }),
    },
    one: (of) => of[pick % (of.length || 1)]?.[0]?.handoffId ?? 'nothing',
  };
}

type Work = (manager: HandoffManager) => Promise<unknown>;

const works: Readonly<Record<Act['kind'], (scene: Scene) => Work | undefined>> = {
  execute:
    ({ task, target, options }) =>
    (m) =>
      m.executeHandoff({ ...task, target }, options),
  chain:
    ({ task, act, options }) =>
    (m) =>
      m.chainHandoff({ ...task, targets: act.targets }, options),
  failover:
    ({ task, act, options }) =>
    (m) =>
      m.failoverHandoff({ ...task, targets: act.targets }, options),
  escalate:
    ({ task, act, options }) =>
    (m) =>
      m.escalateHandoff({ ...task, targets: act.targets, until: (act.pick % 10) / 10 }, options),
  parallel:
    ({ task, act, options }) =>
    (m) => {
      const { targets: chosen, pick } = act;
      const joins = ['all', 'any', { quorum: Math.max(1, chosen.length - 1) }] as const;
      return m.parallelHandoff(
        { ...task, targets: chosen, join: joins[pick % 3] ?? 'all' },
        options,
      );
    },
  run:
    ({ task: { task, ...more }, act: { threadId }, target, options }) =>
    (m) => {
      const turn = { ...more, entry: target, input: task };
      return m.run(threadId === undefined ? turn : { ...turn, threadId }, options);
    },
  request:
    ({ task, target, act, options }) =>
    async (m) => {
      const context = await m.createHandoff({ ...task, target });
      return act.pick % 2 === 0 ? m.cancel(context.handoffId) : m.executeHandoff(context, options);
    },
  submit:
    ({ task, target, options }) =>
    (m) =>
      m.submitHandoff({ ...task, target }, options),
  continue:
    ({ task, target, handoffs, options, one }) =>
    (m) =>
      m.executeHandoff({ ...task, target, parent: one(handoffs) }, options),
  return:
    ({ handoffs, options, one }) =>
    (m) =>
      m.returnHandoff({ result: one(handoffs) }, options),
  decide,
  resume:
    ({ handoffs, one }) =>
    (m) =>
      m.resume(one(handoffs)),
  cancel: ({ handoffs, one }) => {
    const open = handoffs.filter((log) => !log.some(isEnd));
    return (m) => m.cancel(one(open));
  },
  crash({ world, act }) {
    world.crash(act.process);
    return undefined;
  },
  wait: () => undefined,
  replay:
    ({ handoffs, act, one }) =>
    async (m) =>
      (await m.replay(one(handoffs), { tools: act.pick % 2 === 0 })).replayed,
  // Whoever follows may leave early.
  follow:
    ({ task: { task, ...more }, act: { pick, threadId }, target, options }) =>
    async (m) => {
      const turn = { ...more, entry: target, input: task };
      const stream = m.streamRun(threadId === undefined ? turn : { ...turn, threadId }, options);
      let left = pick % 8;
      for await (const _ of stream) if (left-- === 0) break;
      return stream.result;
    },
  look: ({ act: { pick } }) => {
    const lists = [
      (m: HandoffManager) => m.history({ last: 1 + (pick % 5) }),
      (m: HandoffManager) => m.pending(),
      (m: HandoffManager) => m.interrupted(),
    ];
    return lists[pick % 3];
  },
  erase: ({ handoffs, act: { pick } }) => {
    const taskId = handoffs[pick % (handoffs.length || 1)]?.[0]?.taskId;
    return (m) => m.erase(taskId ?? 'nothing');
  },
  'delete thread': ({ world, act: { threadId = 't1' } }) => {
    world.deletedThreads.add(threadId);
    return (m) => m.deleteThread(threadId);
  },
};

/** Somebody decides; and at the same time somebody else does too, or cancels. */
function decide({ world, act, handoffs, options, one }: Scene): Work {
  const { process, pick, decision } = act;
  const handoffId = one(handoffs.filter((log) => log.at(-1)?.type === 'approval-requested'));
  if (pick % 3 !== 0) {
    world.ask(process + 1, 'cancel or decide', async (m) => {
      if (pick % 3 === 1) return m.resume(handoffId, { type: 'approve' }, { by: 'bob' });
      // Whoever decided may die before anything came of it.
      if (pick % 2 === 0 && (await isDecided(world, handoffId))) world.crash(process);
      else await new Promise<void>((resolve) => void world.clock.schedule(pick % 24, resolve));
      return m.cancel(handoffId);
    });
  }
  const { signal } = options;
  return (m) =>
    m.resume(handoffId, decision, { by: 'ada', ...(signal === undefined ? {} : { signal }) });
}

/** Whether a decision is recorded soon. */
async function isDecided(world: World, handoffId: string): Promise<boolean> {
  const taskId = (await world.store.findTask(handoffId)) ?? '';
  for (let ms = 0; ms < 40; ms++) {
    const own = (await world.store.readTask(taskId)).filter((one) => one.handoffId === handoffId);
    if (own.at(-1)?.type === 'approval-decided') return true;
    await new Promise<void>((resolve) => void world.clock.schedule(1, resolve));
  }
  return false;
}
