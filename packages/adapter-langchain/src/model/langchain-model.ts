import { checkOptions, HandoffError, type HandoffModel } from '@agent-handoff/core/adapter';
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base';
import type { AIMessageChunk } from '@langchain/core/messages';
import type { Runnable } from '@langchain/core/runnables';
import { runToolLoop } from './run-tool-loop.ts';

/** A chat model of any provider, or a runnable around one (`withConfig`, `withRetry`, …). */
export type ChatModel = Runnable<BaseLanguageModelInput, AIMessageChunk>;

/** What `langchainModel` takes beside the model. */
export interface LangChainModelOptions {
  /**
   * The most model calls of one `generate`; default 20. A model that still calls tools then is stopped
   * and its answer is `incomplete`.
   */
  readonly maxSteps?: number;
}

const optionNames = { maxSteps: true } satisfies Record<keyof LangChainModelOptions, true>;

/** The most model calls of one `generate`, where the caller doesn't say. */
export const defaultMaxSteps = 20;

/**
 * A chat model of LangChain as a `HandoffModel`: tools are bound with `bindTools`, run as LangChain's
 * own tools, and seen by its callbacks.
 *
 * `generate` rejects with the signal's reason on an abort, with `AGENT_FAILED` where the provider fails,
 * with `INVALID_CONTEXT` for a transcript that LangChain can't express, and with `INVALID_CONFIGURATION`
 * where there are tools and the model can't bind any.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where `maxSteps` is not a whole number above 0.
 *
 * @example
 * const model = langchainModel(new ChatOpenAI({ model: 'gpt-5-mini' }));
 * const agent = createHandoffAgent({ name: 'Billing', model });
 */
export function langchainModel(
  model: ChatModel,
  options: LangChainModelOptions = {},
): HandoffModel {
  checkOptions('langchainModel', options, optionNames);
  const { maxSteps = defaultMaxSteps } = options;
  if (!Number.isInteger(maxSteps) || maxSteps < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxSteps is ${maxSteps}: pass a whole number of at least 1.`,
      { details: { maxSteps } },
    );
  }
  return { generate: (request) => runToolLoop(model, { maxSteps }, request) };
}
