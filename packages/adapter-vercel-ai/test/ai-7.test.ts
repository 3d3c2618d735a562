import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { describe } from 'vitest';
import { sdkSuites } from './suite/sdk-suites.ts';

describe('ai 7', () => {
  sdkSuites({
    version: /\bai\/7\./,
    compatible: (settings) => createOpenAICompatible({ name: 'local', ...settings }),
    anthropic: (settings) => createAnthropic(settings),
    openai: (settings) => createOpenAI(settings),
  });
});
