import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { describe, vi } from 'vitest';
import { floorSuites } from './suite/sdk-suites.ts';

// Not a double: the same imports, answered by the older release.
vi.mock('ai', () => import('ai-7-floor'));

describe('ai 7.0.0', () => {
  floorSuites({
    version: /\bai\/7\.0\.0\b/,
    compatible: (settings) => createOpenAICompatible({ name: 'local', ...settings }),
    anthropic: (settings) => createAnthropic(settings),
    openai: (settings) => createOpenAI(settings),
  });
});
