import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Program, programs } from '../../test/random-program.ts';
import { runProgram, workingDesk } from '../../test/run-program.ts';
import { sampled } from '../../test/sampled.ts';

type Desk = ReturnType<typeof workingDesk>;

/** Runs programs on one desk until each has ended. */
async function together(desk: Desk, numbered: readonly (readonly [number, Program])[]) {
  let running = 0;
  let most = 0;
  let waiting = true;
  const all = Promise.all(
    numbered.map(async ([index, program]) => {
      const outcome = runProgram(desk, program, index, () => {
        most = Math.max(most, ++running);
      });
      return outcome.finally(() => running--);
    }),
  ).finally(() => {
    waiting = false;
  });
  all.catch(() => {});
  for (let ms = 0; waiting; ms += 50) {
    if (ms > 600_000) throw new Error('something waits for ever');
    await desk.clock.advance(50);
  }
  return { outcomes: await all, most };
}

const { numRuns, seed } = sampled(1_000, 200);

it(`${numRuns} tasks at once on one manager are as on ${numRuns} managers (seed ${seed})`, async () => {
  const numbered = [...fc.sample(programs, { numRuns, seed }).entries()];
  const shared = workingDesk();
  const { outcomes, most } = await together(shared, numbered);
  // All but those that ended at once.
  expect(most).toBeGreaterThan(numRuns * 0.8);
  expect(shared.clock.waiting).toBe(0);

  for (const [index, program] of numbered) {
    const alone = await together(workingDesk(), [[index, program]]);
    expect(outcomes[index], JSON.stringify(program)).toBe(alone.outcomes[0]);
  }
  expect(new Set(outcomes).size).toBeGreaterThan(numRuns * 0.8);
  // What happens in them is as various as it can be.
  expect([...found(outcomes, 'intact')]).toEqual(['true']);
  expect(found(outcomes, 'errorCode')).toEqual(
    new Set([
      'AGENT_FAILED',
      'APPROVAL_DENIED',
      'AWAITING_APPROVAL',
      'CANCELLED',
      'CHAIN_LIMIT',
      'CYCLE',
      'DEADLINE_EXCEEDED',
      'INCOMPLETE',
      'LIMIT_EXCEEDED',
      'PATH_DENIED',
      'POLICY_DENIED',
    ]),
  );
}, 300_000);

/** The values of a member, anywhere. */
function found(outcomes: readonly string[], member: string): ReadonlySet<string> {
  const values = outcomes.join().matchAll(new RegExp(`"${member}": "?(\\w+)`, 'g'));
  return new Set(Array.from(values, ([, value]) => value as string));
}
