import { checkOptions, HandoffError, type HandoffModel } from '@agent-handoff/core/adapter';
import type { LanguageModel } from 'ai';
import { runAgent } from '../receive/run-agent.ts';
import { type AiSdkModelOptions, aiSdkModelOptions } from './ai-sdk-model-options.ts';
import { loopAgent } from './loop-agent.ts';
import { timeModelCalls } from './time-model-calls.ts';

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
  checkOptions('aiSdkModel', options, aiSdkModelOptions);
  const { onModelCall, ...settings } = options;
  const { maxSteps } = settings;
  if (maxSteps !== undefined && !(Number.isInteger(maxSteps) && maxSteps > 0)) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxSteps is ${maxSteps}: pass a whole number of at least 1.`,
      { details: { maxSteps } },
    );
  }
  const modelId = typeof model === 'string' ? model : model.modelId;
  return {
    generate: (request) => {
      const timer = onModelCall && timeModelCalls(modelId, onModelCall);
      const { systemPrompt: instructions, outputSchema } = request;
      const loop = { ...settings, instructions, outputSchema, prepareStep: timer?.prepareStep };
      return runAgent(
        { modelId },
        ({ tools }) => loopAgent(model, { ...loop, tools }),
        timer ? { ...request, tools: request.tools.map(timer.noticed) } : request,
        { onStep: timer?.onStep },
      );
    },
  };
}
