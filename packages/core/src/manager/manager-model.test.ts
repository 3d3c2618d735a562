import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Act, acts, perform } from '../../test/model/acts.ts';
import { expectSound } from '../../test/model/invariants.ts';
import { TransitionCount, transitions } from '../../test/model/transitions.ts';
import { World, worldPlans } from '../../test/model/world.ts';
import { sampled } from '../../test/sampled.ts';
import { isEnd } from '../record/handoff-record.ts';
import type { HandoffManager } from './handoff-manager.ts';

const { numRuns, seed } = sampled(10_000, 500);

class ActCommand implements fc.AsyncCommand<object, World> {
  readonly act: Act;

  constructor(act: Act) {
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, world: World): Promise<void> {
    await perform(world, this.act);
  }

  toString(): string {
    return JSON.stringify(this.act);
  }
}

const commands = fc.commands([acts.map((act) => new ActCommand(act))], { maxCommands: 14 });

/** Brings everything that is open to its end, as an operator would. */
async function settle(world: World): Promise<HandoffManager> {
  // Past every timeout and lease: whoever lives has its result.
  for (let i = 0; i < 20; i++) await world.clock.advance(30_000);
  const { manager } = world.start();
  for (let round = 0; round < 30; round++) {
    const { handoffs } = await world.store.query({ limit: 10_000 });
    const open = handoffs.filter((log) => !isEnd(log.at(-1) as never));
    if (open.length === 0) break;
    const pending = (await world.wait(manager.pending())) ?? [];
    const answer = { type: 'answer', output: 'Yes.' } as const;
    const [asked] = pending;
    if (asked) await world.wait(manager.resume(asked.handoffId, answer));
    else for (const log of open) await world.wait(manager.resume(log[0]?.handoffId ?? ''));
  }
  for (let i = 0; i < 5; i++) await world.clock.advance(100_000);
  return manager;
}

it(`keeps its promises whatever happens: ${numRuns} runs (seed ${seed})`, async () => {
  const count = new TransitionCount();
  await fc.assert(
    fc.asyncProperty(worldPlans, commands, async (plan, todo) => {
      const world = new World(plan);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), todo);
      const manager = await settle(world);
      await expectSound(world, manager);
      await count.add(world.store);
    }),
    { numRuns, seed, endOnFailure: process.env['SHRINK'] !== '1' },
  );
  console.log(String(count));
  for (const transition of transitions) {
    expect(count.shareOf(transition), transition).toBeGreaterThanOrEqual(0.01);
  }
}, 3_600_000);
