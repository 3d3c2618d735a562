import { describe, expect, it } from 'vitest';
import { type Fault, faultyStore } from '../../test/faulty-store.ts';
import { describeRecord, managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { scriptedAgent } from '../../test/scripted-agent.ts';
import { turns } from '../../test/turns.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import { isEnd } from '../record/handoff-record.ts';
import { memoryStore } from '../record/memory-store.ts';
import { verifyCustody } from '../record/verify-custody.ts';
import type { HandoffManager } from './handoff-manager.ts';

type Manager = HandoffManager<HandoffAgent<'billing' | 'legal'>>;
const key = { idempotencyKey: 'k' };

/** What is done while the store fails; `parent` is a handoff that was completed before. */
const ways: [string, (manager: Manager, parent: string) => Promise<HandoffResult>][] = [
  ['executeHandoff', (manager) => manager.executeHandoff({ target: 'legal', task: 'x' }, key)],
  [
    'executeHandoff within a task',
    (manager, parent) => manager.executeHandoff({ target: 'legal', task: 'x', parent }, key),
  ],
  [
    'executeHandoff of a recorded context',
    async (manager, parent) =>
      manager.executeHandoff(
        await manager.createHandoff({ target: 'legal', task: 'x', parent }, key),
      ),
  ],
  [
    'streamHandoff',
    (manager, parent) => manager.streamHandoff({ target: 'legal', task: 'x', parent }, key).result,
  ],
  [
    'chainHandoff',
    (manager) => manager.chainHandoff({ targets: ['legal', 'billing'], task: 'x' }, key),
  ],
];

function desk() {
  const inner = memoryStore();
  const store = faultyStore(inner);
  const clock = new ManualClock();
  const agents = [scriptedAgent('billing'), scriptedAgent('legal')];
  return { ...managed({ agents, store, clock }), agents, inner, store };
}
type Desk = ReturnType<typeof desk>;

/** A result, or the one error that was thrown, however much time the store's pauses take. */
async function outcomeOf(
  { clock }: Desk,
  call: Promise<HandoffResult>,
): Promise<HandoffResult | HandoffError> {
  let outcome: HandoffResult | HandoffError | undefined;
  call.then(
    (result) => {
      outcome = result;
    },
    (thrown) => {
      outcome = HandoffError.isInstance(thrown)
        ? thrown
        : new HandoffError('INVALID_CONFIGURATION', `not coded: ${thrown}`);
    },
  );
  for (let i = 0; i < 200 && outcome === undefined; i++) await clock.advance(20);
  expect(outcome, 'it hangs').toBeDefined();
  return outcome as HandoffResult | HandoffError;
}

/** How often each method of the store is called while nothing fails. */
async function callsWithoutFault(run: (typeof ways)[number][1]): Promise<Fault[]> {
  const made = desk();
  const parent = await made.manager.executeHandoff({ target: 'billing', task: 'before' });
  made.store.break();
  await outcomeOf(made, run(made.manager, parent.handoffId));
  await turns();
  const methods = ['append', 'readTask', 'findTask', 'readBodies', 'query', 'watch'] as const;
  return methods.flatMap((method) =>
    Array.from({ length: made.store.callsOf(method) }, (_, i) => [
      { method, when: 'before' as const, calls: [i + 1] },
      { method, when: 'after' as const, calls: [i + 1] },
      // And from then on.
      { method, when: 'before' as const, calls: Array.from({ length: 50 }, (__, j) => i + 1 + j) },
      { method, when: 'after' as const, calls: Array.from({ length: 50 }, (__, j) => i + 1 + j) },
    ]).flat(),
  );
}

/** That every log is whole, and which handoffs in it are open. */
async function openHandoffs({ inner }: Desk): Promise<string[]> {
  const { handoffs } = await inner.query({ limit: 1_000 });
  for (const taskId of new Set(handoffs.map(([first]) => first?.taskId as string))) {
    expect((await verifyCustody(await inner.readTask(taskId))).problems).toEqual([]);
  }
  return handoffs.filter((log) => !log.some(isEnd)).map((log) => log.map(describeRecord).join());
}

describe.each(ways)('a store that fails at any one of its calls during %s', (_, run) => {
  it('costs one coded error or nothing, runs nothing twice, and leaves a log that says so', async () => {
    const faults = await callsWithoutFault(run);
    expect(faults.length).toBeGreaterThan(6);
    for (const fault of faults) {
      const made = desk();
      const { manager, store, clock, agents } = made;
      const parent = await manager.executeHandoff({ target: 'billing', task: 'before' });
      const said = `${fault.when} ${fault.method} ${fault.calls?.join()}`;

      store.break(fault);
      const outcome = await outcomeOf(made, run(manager, parent.handoffId));
      await turns();
      const error = HandoffError.isInstance(outcome) ? outcome : outcome.error;
      expect([undefined, 'STORE_FAILED'], said).toContain(error?.code);
      if (error) expect(error.message, said).toContain('disk on fire');
      const open = await openHandoffs(made);
      if (!error) expect(open, said).toEqual([]);
      expect(clock.waiting, said).toBe(0);

      // Whoever asks again, when it works again, gets to an end: the one that was, or a new one.
      store.break();
      const again = run(manager, parent.handoffId);
      await clock.advance(400_000);
      const end = await outcomeOf(made, again);
      if (!error) expect(end, said).toEqual(outcome);
      else
        expect(HandoffError.isInstance(end) ? end.code : end.error?.code, said).toBeOneOf([
          undefined,
          'INTERRUPTED',
        ]);
      // One call of `billing` came before.
      const [billing, legal] = agents.map(({ calls }) => calls.length);
      expect(billing, said).toBeLessThanOrEqual(2);
      expect(legal, said).toBeLessThanOrEqual(1);
      expect(await openHandoffs(made), said).toEqual([]);
    }
  });
});
