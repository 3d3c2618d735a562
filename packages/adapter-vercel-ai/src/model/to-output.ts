import type { Json, JsonObject } from '@agent-handoff/core/adapter';
import { jsonSchema, type LanguageModel, Output } from 'ai';

/** How a structured answer is asked for. */
export interface OutputRequest {
  readonly output: ReturnType<typeof Output.object> | ReturnType<typeof Output.json>;
  /** What the system prompt must say in addition. */
  readonly instruction?: string;
}

/**
 * Asks for an answer that fits the schema: natively where the provider takes schemas, in the system
 * prompt where the model says that it doesn't, because there the AI SDK drops the schema with a warning.
 */
export function toOutput(model: LanguageModel, schema: JsonObject): OutputRequest {
  if (
    (model as { readonly supportsStructuredOutputs?: unknown }).supportsStructuredOutputs === false
  ) {
    return {
      output: Output.json(),
      instruction: `Answer with one JSON value and nothing else. It satisfies this JSON Schema:\n${JSON.stringify(schema)}`,
    };
  }
  return {
    output: Output.object({ schema: jsonSchema<Json>(schema as Parameters<typeof jsonSchema>[0]) }),
  };
}

/** The structured answer that a text is; absent where it isn't JSON. */
export function fromOutputText(text: string): { data?: Json } {
  try {
    return { data: JSON.parse(text) as Json };
  } catch {
    return {};
  }
}
