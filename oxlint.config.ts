import { defineConfig } from 'oxlint';
import { layerOverrides } from './scripts/layers.ts';

// Biome formats and does the ordinary linting. This holds what it can't: the rules that need types,
// and the layer law.
export default defineConfig({
  plugins: ['typescript'],
  categories: { correctness: 'off' },
  ignorePatterns: ['**/dist/**', '**/node_modules/**'],
  rules: {
    'typescript/await-thenable': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    // An abort signal's reason is `any`, and rejecting with it is the custom.
    'typescript/prefer-promise-reject-errors': ['error', { allowThrowingAny: true }],
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true },
    ],
  },
  overrides: [
    ...layerOverrides(),
    {
      // What is thrown at us may be anything, and tests throw it.
      files: ['**/*.test.ts', '**/test/**/*.ts'],
      rules: {
        'typescript/only-throw-error': 'off',
        'typescript/prefer-promise-reject-errors': 'off',
      },
    },
  ],
});
