/** One promise of a port, as a test that needs no test runner. */
export interface ConformanceCheck<Subject> {
  /** What is promised, as a sentence without its subject. */
  readonly name: string;
  /** Rejects where the promise is broken. */
  run(subject: Subject): Promise<void>;
}

/** What came of a check. */
export interface ConformanceResult {
  readonly name: string;
  /** Absent where the promise was kept. */
  readonly error?: unknown;
}

/** Runs checks one after the other, each on a subject of its own, without a test runner. */
export async function runConformance<Subject>(
  checks: readonly ConformanceCheck<Subject>[],
  open: () => Subject | Promise<Subject>,
): Promise<readonly ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  for (const { name, run } of checks) {
    try {
      await run(await open());
      results.push({ name });
    } catch (error) {
      results.push({ name, error });
    }
  }
  return results;
}
