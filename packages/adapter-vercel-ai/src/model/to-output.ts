import type { Json, JsonObject } from '@agent-handoff/core/adapter';
import { jsonSchema, type LanguageModel, Output } from 'ai';

type OutputFormat = ReturnType<typeof Output.object> | ReturnType<typeof Output.json>;

/** How a structured answer is asked for. */
export interface OutputRequest {
  readonly output: OutputFormat;
  /** What the system prompt must say in addition. */
  readonly instruction?: string;
}

/**
 * Asks for an answer that fits the schema: natively where the provider takes schemas, in the system
 * prompt where the model says that it doesn't, because there the AI SDK drops the schema with a warning.
 */
export function toOutput(model: LanguageModel, schema: JsonObject): OutputRequest {
  const { supportsStructuredOutputs } = model as { readonly supportsStructuredOutputs?: unknown };
  if (supportsStructuredOutputs === false) {
    return {
      output: unread(Output.json()),
      instruction: `Answer with one JSON value and nothing else. It satisfies this JSON Schema:\n${JSON.stringify(schema)}`,
    };
  }
  return {
    output: unread(
      Output.object({ schema: jsonSchema<Json>(schema as Parameters<typeof jsonSchema>[0]) }),
    ),
  };
}

/**
 * The same request, its answer left alone: the AI SDK would throw the whole answer away where it isn't
 * JSON, and parse all of it again for every piece of a stream.
 */
const unread = (output: OutputFormat): OutputFormat => ({
  ...output,
  parseCompleteOutput: () => Promise.resolve(null),
  // A piece is passed on when the partial answer has changed.
  parsePartialOutput: ({ text }) => Promise.resolve({ partial: text.length }),
});
