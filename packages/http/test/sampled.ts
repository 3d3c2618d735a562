/** How often a property is tried, and from which seed. */
export interface Sample {
  readonly numRuns: number;
  readonly seed: number;
  /** Whether a failure is reported as it was found, not made smaller first. */
  readonly endOnFailure: boolean;
}

/**
 * `full` runs from a new seed with `FULL=1`, else `few` from a fixed one, so that a plain run is the
 * same everywhere. `SEED` chooses the seed in both; put it in the test's name, so that it is printed.
 * `SHRINK=0` ends at the first failure.
 */
export function sampled(full: number, few: number): Sample {
  const wanted = process.env['SEED'];
  const isFull = process.env['FULL'] === '1';
  const seed = wanted === undefined ? (isFull ? Date.now() % 2 ** 31 : 20_261_124) : Number(wanted);
  const endOnFailure = process.env['SHRINK'] === '0';
  return { numRuns: isFull ? full : few, seed, endOnFailure };
}
