import type { Contender } from './contender.ts';

/** How often the contenders take turns. */
export interface Turns {
  /** Runs of each contender before the first that counts: enough that the compiler is done with all. */
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
  for (const { run } of contenders) {
    for (let i = 0; i < warmUp; i++) await run();
  }
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples.get(contender)?.push(await sample(contender));
    }
  }
  return samples;
}

async function sample({ batch, run }: Contender): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < batch; i++) await run();
  return ((performance.now() - start) * 1000) / batch;
}
