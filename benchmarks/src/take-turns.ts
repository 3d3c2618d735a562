import type { Contender } from './contender.ts';

/** How often the contenders take turns. */
export interface Turns {
  /** Rounds before the first that counts. */
  readonly warmUp: number;
  readonly rounds: number;
}

/**
 * Runs the contenders in turn in this process, a batch each, so that whatever else the machine does
 * falls on all of them alike. Every round begins with another one.
 *
 * @returns for each contender, the microseconds that one run took in each round that counts.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  { warmUp, rounds }: Turns,
): Promise<Map<Contender, number[]>> {
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = -warmUp; round < rounds; round++) {
    const first = (round + warmUp) % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const microseconds = await sample(contender);
      if (round >= 0) samples.get(contender)?.push(microseconds);
    }
  }
  return samples;
}

async function sample({ batch, run }: Contender): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < batch; i++) await run();
  return ((performance.now() - start) * 1000) / batch;
}
