import { expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { type Script, scriptedAgent, untilAborted } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

/** Two processes on one store, whose watches by the first are told. */
function processes(script: Script) {
  const inner = memoryStore();
  const watches: (AbortSignal | undefined)[] = [];
  const store: HandoffStore = {
    ...faultyStore(inner),
    watch(taskId, afterSeq, options) {
      watches.push(options?.signal);
      return inner.watch(taskId, afterSeq, options);
    },
  };
  const clock = new ManualClock();
  const billing = scriptedAgent('billing', script);
  const first = managed({ agents: [billing], store, clock });
  const second = managed({ agents: [billing], store: inner, clock, ids: countingIds('-b') });
  return { first, second, clock, billing, watches };
}

it('tells an agent why it is stopped: its handoff was ended elsewhere, and as what', async () => {
  const { first, second, clock, billing, watches } = processes(untilAborted);
  const running = first.manager.executeHandoff(toBilling);
  await until(() => billing.calls.length === 1);
  await clock.advance(1_000);
  await second.manager.cancel('handoff-1');
  const { signal } = billing.calls[0]?.options ?? {};
  await until(() => signal?.aborted === true);
  expect(signal?.reason).toMatchObject({
    code: 'CANCELLED',
    message:
      'The handoff to "billing" was ended elsewhere while its agent ran: its record says cancelled.',
    details: { handoffId: 'handoff-1' },
  });
  expect(await running).toMatchObject({ status: 'cancelled' });
  expect(watches.map((watch) => watch?.aborted)).toEqual([true]);
});

it('watches no agent that ends within a second, and none any longer than it runs', async () => {
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
  const { first, clock, billing, watches } = processes(({ call }) => answers[call - 1]?.promise);
  const quick = first.manager.executeHandoff(toBilling);
  await clock.advance(999);
  answers[0].resolve('Refunded.');
  expect(await quick).toMatchObject({ status: 'completed' });
  await clock.advance(5_000);
  expect(watches).toEqual([]);

  const slow = first.manager.executeHandoff(toBilling);
  await until(() => billing.calls.length === 2);
  await clock.advance(1_000);
  expect(watches.map((watch) => watch?.aborted)).toEqual([false]);
  answers[1].resolve('Refunded.');
  expect(await slow).toMatchObject({ status: 'completed' });
  await turns();
  expect(watches.map((watch) => watch?.aborted)).toEqual([true]);
  expect(billing.calls[1]?.options.signal?.aborted).toBe(false);
});
