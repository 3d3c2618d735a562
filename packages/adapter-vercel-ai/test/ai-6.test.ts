import { createAnthropic } from 'anthropic-3';
import { createOpenAI } from 'openai-3';
import { createOpenAICompatible } from 'openai-compatible-2';
import { describe, vi } from 'vitest';
import { sdkSuites } from './suite/sdk-suites.ts';

// Not a double: the same imports, answered by the older release.
vi.mock('ai', () => import('ai-6'));

describe('ai 6', () => {
  sdkSuites({
    version: /\bai\/6\./,
    compatible: (settings) => createOpenAICompatible({ name: 'local', ...settings }),
    anthropic: (settings) => createAnthropic(settings),
    openai: (settings) => createOpenAI(settings),
  });
});
