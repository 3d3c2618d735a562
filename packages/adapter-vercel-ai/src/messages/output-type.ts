import type { JsonObject } from '@agent-handoff/core/adapter';

/** The kinds of tool output that our messages have no word for. */
export type OutputType = 'execution-denied' | 'content';

/** What a model is told of a denied call where nobody gave a reason. */
export const deniedText = 'The call was denied.';

/** The name under which a part's metadata keeps what only the AI SDK has. */
const sdkKey = 'ai-sdk';

/** A part's fields, with the kind of output it was read from in its metadata. */
export function withOutputType(outputType: OutputType, fields: JsonObject): JsonObject {
  const metadata = fields['providerMetadata'] as JsonObject | undefined;
  return { ...fields, providerMetadata: { ...metadata, [sdkKey]: { outputType } } };
}

/** The kind of output that {@link withOutputType} kept, and the metadata without it. */
export function takeOutputType(metadata: JsonObject | undefined): {
  outputType?: OutputType;
  metadata?: JsonObject;
} {
  const { [sdkKey]: own, ...rest } = metadata ?? {};
  const outputType = (own as { readonly outputType?: unknown } | undefined)?.outputType;
  if (outputType !== 'execution-denied' && outputType !== 'content') {
    return metadata === undefined ? {} : { metadata };
  }
  return { outputType, ...(Object.keys(rest).length === 0 ? {} : { metadata: rest }) };
}
