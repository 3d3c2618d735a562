import fc from 'fast-check';
import type { ApprovalDecision } from '../../src/agent/approval-decision.ts';
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
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 3 });
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
    { weight: 9, arbitrary: fc.constantFrom(...(['decide', 'decide', 'resume', 'cancel', 'wait'] as const)) },
    { weight: 3, arbitrary: fc.constantFrom(...(['request', 'submit', 'continue', 'return'] as const)) },
    { weight: 2, arbitrary: fc.constant<Act['kind']>('crash') },
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
  begin(world, act, await allHandoffs(world));
  await world.clock.advance(act.ms);
}

async function allHandoffs(world: World): Promise<readonly HandoffLog[]> {
  return (await world.store.query({ limit: 10_000 })).handoffs;
}

function begin(world: World, act: Act, handoffs: readonly HandoffLog[]): void {
  const { kind, process, targets: chosen, threadId, scope, pick } = act;
  const [target = 'a'] = chosen;
  const task = {
    // Under one key it is often the same work.
    task: act.key === undefined ? `Work ${world.asked.length}` : `Work under ${act.key}`, ...(scope === undefined ? {} : { scope }),
  };
  const options = optionsOf(world, act);
  const ask = (what: string, run: (manager: never) => Promise<unknown>, more = {}): void => {
    world.ask(process, what, run as never, more);
  };
  const one = (of: readonly HandoffLog[]): HandoffLog | undefined => of[pick % (of.length || 1)];
  const idOf = (log: HandoffLog | undefined): string => log?.[0]?.handoffId ?? 'nothing';
  const many = { ...task, targets: chosen };
  switch (kind) {
    case 'execute':
      return ask(kind, (m: Manager) => m.executeHandoff({ ...task, target }, options));
    case 'chain':
      return ask(kind, (m: Manager) => m.chainHandoff(many, options));
    case 'parallel': {
      const joins = ['all', 'any', { quorum: Math.max(1, chosen.length - 1) }] as const;
      const join = joins[pick % 3] ?? 'all';
      return ask(kind, (m: Manager) => m.parallelHandoff({ ...many, join }, options));
    }
    case 'failover':
      return ask(kind, (m: Manager) => m.failoverHandoff(many, options));
    case 'escalate':
      return ask(kind, (m: Manager) => m.escalateHandoff({ ...many, until: (pick % 10) / 10 }, options));
    case 'run': {
      const input = task.task;
      const { task: _, ...others } = task;
      const turn = { ...others, entry: target, input, ...(threadId === undefined ? {} : { threadId }) };
      const more = { threadId, input: act.key === undefined ? input : undefined };
      return ask(kind, (m: Manager) => m.run(turn, options), more);
    }
    case 'request':
      return ask(kind, async (m: Manager) => {
        const context = await m.createHandoff({ ...task, target });
        return pick % 2 === 0 ? m.cancel(context.handoffId) : m.executeHandoff(context, options);
      });
    case 'submit':
      return ask(kind, (m: Manager) => m.submitHandoff({ ...task, target }, options));
    case 'continue': {
      const parent = idOf(one(handoffs));
      return ask(kind, (m: Manager) => m.executeHandoff({ ...task, target, parent }, options));
    }
    case 'return':
      return ask(kind, (m: Manager) => m.returnHandoff({ result: idOf(one(handoffs)) }, options));
    case 'decide': {
      const waiting = handoffs.filter((log) => log.at(-1)?.type === 'approval-requested');
      const handoffId = idOf(one(waiting));
      ask(kind, (m: Manager) => m.resume(handoffId, act.decision, { by: 'ada' }));
      if (pick % 2 === 0) return;
      world.ask(process + 1, kind, (m) => m.resume(handoffId, { type: 'approve' }, { by: 'bob' }));
      return;
    }
    case 'resume':
      return ask(kind, (m: Manager) => m.resume(idOf(one(handoffs))));
    case 'cancel': {
      const open = handoffs.filter((log) => !/completed|failed|rejected|cancelled/.test(log.at(-1)?.type ?? ''));
      return ask(kind, (m: Manager) => m.cancel(idOf(one(open))));
    }
    case 'erase':
      return ask(kind, (m: Manager) => m.erase(one(handoffs)?.[0]?.taskId ?? 'nothing'));
    case 'delete thread': {
      const id = threadId ?? 't1';
      world.deletedThreads.add(id);
      return ask(kind, (m: Manager) => m.deleteThread(id));
    }
    case 'crash':
      return world.crash(process);
    case 'wait':
      return;
  }
}

type Manager = World['processes'][0]['manager'];

function optionsOf(world: World, { key, maxHandoffs, abortAfterMs }: Act) {
  const controller = new AbortController();
  if (abortAfterMs !== undefined) world.clock.schedule(abortAfterMs, () => controller.abort());
  return {
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(maxHandoffs === undefined ? {} : { limits: { maxHandoffs } }),
    ...(abortAfterMs === undefined ? {} : { signal: controller.signal }),
  };
}
