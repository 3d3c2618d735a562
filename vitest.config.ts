import { defineConfig } from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';

/** The last line of a run, in the same words for every reader: `12 passed, 0 failed`. */
const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], errors) {
    const count = (state: 'passed' | 'failed' | 'skipped') =>
      modules.flatMap((module) => [...module.children.allTests(state)]).length;
    const broken = modules.filter(
      (module) =>
        module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    ).length;
    const failed = count('failed') + broken + errors.length;
    const skipped = count('skipped');
    console.log(
      `${count('passed')} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`,
    );
  },
};

export default defineConfig({
  test: {
    include: ['{packages,examples}/*/{src,test}/**/*.test.ts', 'benchmarks/src/**/*.test.ts'],
    environment: 'node',
    allowOnly: false,
    testTimeout: 20_000,
    silent: 'passed-only',
    reporters: ['default', closingLine],
  },
});
