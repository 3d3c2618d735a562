import { aiSdkModel } from '@agent-handoff/adapter-vercel-ai/model';
import type { HandoffModel } from '@agent-handoff/core';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { Screen } from '../screen.ts';
import { maxOutputTokens, type Settings } from '../settings.ts';
import type { ModelEndpoint } from './model-endpoint.ts';

/** Makes the model of an agent; the label is what its calls are announced with. */
export type Slot = (label: string) => HandoffModel;

/** The two models of the tutorial: A, and B for what should be quick. */
export interface Slots {
  readonly a: Slot;
  readonly b: Slot;
}

/** Both slots on one endpoint. Every call is announced on the screen. */
export function createSlots(
  { apiKey, model, modelB }: Settings,
  { baseUrl, fetch }: Pick<ModelEndpoint, 'baseUrl' | 'fetch'>,
  screen: Screen,
): Slots {
  const provider = createOpenAICompatible({
    name: 'tutorial',
    baseURL: baseUrl,
    includeUsage: true,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(fetch === undefined ? {} : { fetch }),
  });
  const slot =
    (modelId: string): Slot =>
    (label) =>
      aiSdkModel(provider(modelId), {
        maxOutputTokens,
        onModelCall: ({ durationMs, inputTokens, outputTokens }) =>
          screen.modelCall(label, durationMs, inputTokens, outputTokens),
      });
  return { a: slot(model), b: slot(modelB) };
}
