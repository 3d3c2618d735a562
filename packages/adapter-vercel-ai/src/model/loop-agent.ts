import type { Json, JsonObject } from '@agent-handoff/core/adapter';
import { jsonSchema, type LanguageModel, Output, ToolLoopAgent, type ToolSet } from 'ai';
import type { AiSdkModelOptions } from './ai-sdk-model-options.ts';

type Settings = ConstructorParameters<typeof ToolLoopAgent<never, ToolSet>>[0];

/** What a loop is made of. */
export interface LoopSettings
  extends Omit<AiSdkModelOptions, 'maxSteps' | 'onModelCall'>,
    Pick<Settings, 'tools'> {
  readonly instructions?: string | undefined;
  /** The most model calls of one answer; default 20. */
  readonly maxSteps?: number | undefined;
  readonly outputSchema?: JsonObject | undefined;
  readonly prepareStep?: Settings['prepareStep'] | undefined;
}

/**
 * The AI SDK's own tool loop, bounded. An answer that fits a schema is asked for natively where the
 * provider takes schemas; in the system prompt where the model says that it doesn't, because there the
 * AI SDK drops the schema with a warning; and by both where a model is wrapped, which says neither.
 */
export function loopAgent(
  model: LanguageModel,
  { instructions = '', maxSteps = 20, outputSchema, ...settings }: LoopSettings,
): ToolLoopAgent<never, ToolSet> {
  const { supportsStructuredOutputs } = model as { readonly supportsStructuredOutputs?: unknown };
  const asked = [instructions];
  const isUnknown = supportsStructuredOutputs === undefined && isWrapped(model);
  if (outputSchema && (supportsStructuredOutputs === false || isUnknown)) {
    asked.push(
      `Answer with one JSON value and nothing else. It satisfies this JSON Schema:\n${JSON.stringify(outputSchema)}`,
    );
  }
  const system = asked.filter((text) => text !== '').join('\n\n');
  const made: object = {
    ...settings,
    model,
    ...(system === '' ? {} : { instructions: system }),
    ...(outputSchema
      ? { output: toOutput(outputSchema, supportsStructuredOutputs !== false) }
      : {}),
    stopWhen: ({ steps }: { readonly steps: readonly unknown[] }) => steps.length >= maxSteps,
    // Errors are told as rejections; without a listener the AI SDK prints them.
    onError: () => {},
  };
  return new ToolLoopAgent(made as Settings);
}

/** Whether it is an object made of another model, by `wrapLanguageModel`, instead of a provider's own. */
const isWrapped = (model: LanguageModel): boolean =>
  typeof model === 'object' && Object.getPrototypeOf(model) === Object.prototype;

/**
 * A request for JSON whose answer is the text where it isn't JSON: the AI SDK would throw such an
 * answer away, and parse all of it again for every piece of a stream.
 */
function toOutput(schema: JsonObject, isNative: boolean) {
  const output = isNative
    ? Output.object({ schema: jsonSchema<Json>(schema as Parameters<typeof jsonSchema>[0]) })
    : Output.json();
  return {
    ...output,
    parseCompleteOutput: async ({ text }: { readonly text: string }): Promise<unknown> => {
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    },
    // A piece is passed on when the partial answer has changed.
    parsePartialOutput: async ({ text }: { readonly text: string }) => ({ partial: text.length }),
  };
}
