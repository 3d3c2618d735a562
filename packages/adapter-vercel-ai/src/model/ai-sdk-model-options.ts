import type { JsonObject } from '@agent-handoff/core/adapter';

/** One finished call of a model: one step of the tool loop. */
export interface ModelCall {
  /** The id that the model was made with. */
  readonly modelId: string;
  /** From the request, its retries included, to the end of the answer; running tools is not in it. */
  readonly durationMs: number;
  /** As the provider counted them; 0 where it doesn't say. */
  readonly inputTokens: number;
  /** As the provider counted them; 0 where it doesn't say. */
  readonly outputTokens: number;
}

/**
 * What `aiSdkModel` takes beside the model. Whatever else a call can be told (`topP`, `seed`, stop
 * sequences) goes into the model itself with the AI SDK's `defaultSettingsMiddleware`.
 */
export interface AiSdkModelOptions {
  /** Randomness, on the provider's own scale; the provider's default where absent. */
  readonly temperature?: number;
  /** The most tokens that one model call may write; the provider's default where absent. */
  readonly maxOutputTokens?: number;
  /** How often a failed call is repeated where that can help, with growing delays; default 2. */
  readonly maxRetries?: number;
  /** Settings that only one provider knows, by the provider's name. */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
  /**
   * The most model calls of one `generate`; default 20. A model that still calls tools then is stopped
   * and its answer is `incomplete`.
   */
  readonly maxSteps?: number;
  /** Called after every model call that was answered, in order. Must not throw. */
  readonly onModelCall?: (call: ModelCall) => void;
}

/** The names of {@link AiSdkModelOptions}. */
export const aiSdkModelOptions = {
  temperature: true,
  maxOutputTokens: true,
  maxRetries: true,
  providerOptions: true,
  maxSteps: true,
  onModelCall: true,
} satisfies Record<keyof AiSdkModelOptions, true>;
