import type { JsonObject, MessagePart } from '@agent-handoff/core/adapter';

/** What the AI SDK wants to see again of a call that a person was asked about. */
export interface ApprovalRequest {
  readonly type: 'tool-approval-request';
  readonly approvalId: string;
  readonly toolCallId: string;
}

/** What our messages have no word for. */
interface SdkMetadata {
  /** Of a response: the kind of the tool's output. */
  readonly outputType?: 'execution-denied' | 'content';
  /** Of a call that waits. */
  readonly approvalRequest?: ApprovalRequest;
  /** Of a file. */
  readonly filename?: string;
  /** Of a file that was uploaded: its ids, by the provider. */
  readonly reference?: Readonly<Record<string, string>>;
}

/** The name under which a part's metadata keeps what only the AI SDK has. */
const sdkKey = 'ai-sdk';

/** What a model is told of a denied call where nobody gave a reason. */
export const deniedText = 'The call was denied.';

/** The part, with this kept in its metadata. */
export function withSdkMetadata<Part extends MessagePart>(part: Part, kept: SdkMetadata): Part {
  // A field that is there and undefined is no JSON.
  const plain = JSON.parse(JSON.stringify(kept)) as JsonObject;
  return { ...part, providerMetadata: { ...part.providerMetadata, [sdkKey]: plain } };
}

/** What {@link withSdkMetadata} kept, and the metadata without it. */
export function takeSdkMetadata(all: JsonObject | undefined): {
  readonly kept: SdkMetadata;
  readonly metadata: JsonObject | undefined;
} {
  const { [sdkKey]: kept, ...metadata } = all ?? {};
  const { outputType, approvalRequest, filename, reference } = (kept ?? {}) as SdkMetadata;
  const isOurs =
    outputType === 'execution-denied' ||
    outputType === 'content' ||
    approvalRequest !== undefined ||
    filename !== undefined ||
    reference !== undefined;
  if (!isOurs) return { kept: {}, metadata: all };
  return {
    kept: kept as SdkMetadata,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
  };
}
