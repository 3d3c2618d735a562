import { createAnthropic } from 'anthropic-3';
import { createOpenAI } from 'openai-3';
import { createOpenAICompatible } from 'openai-compatible-2';
import { describe, vi } from 'vitest';
import { floorSuites } from './suite/sdk-suites.ts';

// Not a double: the same imports, answered by the older release.
vi.mock('ai', () => import('ai-6-floor'));

describe('ai 6.0.0', () => {
  floorSuites({
    version: /\bai\/6\.0\.0\b/,
    compatible: (settings) => createOpenAICompatible({ name: 'local', ...settings }),
    anthropic: (settings) => createAnthropic(settings),
    openai: (settings) => createOpenAI(settings),
  });
});
