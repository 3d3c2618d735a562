/** How the core's tests run against one change of a source: those most likely to notice it first. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests beside the changed source, then those of its folder, then the rest; the quick ones first. */
class NearestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const [changed = ''] = this.ctx.config.related ?? [];
    const beside = changed.replace(/\.ts$/, '.test.ts');
    const folder = changed.slice(0, changed.lastIndexOf('/') + 1);
    const distance = ({ moduleId }: TestSpecification): number =>
      moduleId === beside ? 0 : folder !== '' && moduleId.startsWith(folder) ? 1 : 2;
    const duration = (specification: TestSpecification): number =>
      this.ctx.cache.getTestSpecificationResult(specification)?.duration ?? 0;
    return specifications.toSorted(
      (a, b) => distance(a) - distance(b) || duration(a) - duration(b),
    );
  }
}

export default defineConfig({
  test: {
    include: ['packages/core/src/**/*.test.ts'],
    environment: 'node',
    // Test files share the modules: three times as fast.
    isolate: false,
    // A busy machine must not look like a test that notices; what hangs, Stryker stops and tells apart.
    testTimeout: 300_000,
    // That a property fails is enough.
    env: { SHRINK: '0' },
    sequence: { sequencer: NearestFirst },
  },
});
