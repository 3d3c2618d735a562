import { HandoffError, type HandoffModel } from '@agent-handoff/core/adapter';
import type { LanguageModel } from 'ai';
import type { AiSdkModelOptions } from './ai-sdk-model-options.ts';
import { runToolLoop } from './run-tool-loop.ts';

/** The most model calls of one `generate`, where the caller doesn't say. */
const defaultMaxSteps = 20;

/**
 * Any language model of the AI SDK 6 or 7 as a `HandoffModel`: a provider's model object, or a string
 * id where the AI SDK resolves one.
 *
 * `generate` rejects with the signal's reason on an abort, with `AGENT_FAILED` where the provider
 * fails, and with `INVALID_CONTEXT` for a transcript that no provider takes.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where `maxSteps` is not a whole number above 0.
 *
 * @example
 * const provider = createOpenAICompatible({ name: 'local', baseURL, includeUsage: true });
 * const agent = createHandoffAgent({ name: 'Billing', model: aiSdkModel(provider('small-model')) });
 */
export function aiSdkModel(model: LanguageModel, options: AiSdkModelOptions = {}): HandoffModel {
  const { maxSteps = defaultMaxSteps } = options;
  if (!Number.isInteger(maxSteps) || maxSteps < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxSteps is ${maxSteps}: pass a whole number of at least 1.`,
      { details: { maxSteps } },
    );
  }
  return { generate: (request) => runToolLoop(model, { ...options, maxSteps }, request) };
}
