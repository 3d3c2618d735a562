import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,examples}/*/{src,test}/**/*.test.ts', 'benchmarks/src/**/*.test.ts'],
    environment: 'node',
  },
});
