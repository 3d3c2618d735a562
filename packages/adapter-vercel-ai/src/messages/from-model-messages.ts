import type {
  JsonObject,
  Message,
  MessagePart,
  ToolCallResponsePart,
} from '@agent-handoff/core/adapter';
import type { ModelMessage, ToolResultPart } from 'ai';
import { fromFileData, fromReference } from './file-data.ts';
import { fromProviderOptions, type ProviderOptions } from './own-metadata.ts';
import { deniedText, withSdkMetadata } from './sdk-metadata.ts';
import { toJson } from './to-json.ts';

/**
 * Messages of the AI SDK as ours: plain JSON, files as base64 or URLs. The inverse of
 * `toModelMessages`. Parts that only mean something inside the AI SDK (approval requests and
 * responses, what a provider ran itself) are left out.
 */
export function fromModelMessages(messages: readonly ModelMessage[]): Message[] {
  return messages.map((message) => {
    const parts =
      typeof message.content === 'string'
        ? [{ type: 'text' as const, content: message.content }]
        : message.content.flatMap((part) => fromPart(part, message.role));
    const { providerMetadata, ...named } = own(message);
    const all = providerMetadata ? withMetadata(parts, providerMetadata as JsonObject) : parts;
    return { role: message.role, parts: all, ...named };
  });
}

/** What holds for a message holds for its last part, which is where providers look for it too. */
function withMetadata(parts: readonly MessagePart[], metadata: JsonObject): MessagePart[] {
  return parts.map((part, index) =>
    index < parts.length - 1
      ? part
      : { ...part, providerMetadata: { ...metadata, ...part.providerMetadata } },
  );
}

type Part = Exclude<ModelMessage['content'], string>[number];

function fromPart(part: Part, role: ModelMessage['role']): MessagePart | [] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { type: part.type, content: part.text, ...own(part) };
    case 'tool-call':
      if (part.providerExecuted) return [];
      return {
        type: 'tool_call',
        id: part.toolCallId,
        name: part.toolName,
        arguments: part.input === undefined ? {} : toJson(part.input),
        ...own(part),
      };
    case 'tool-result':
      // In an assistant's message it is the result of something that the provider ran.
      return role === 'assistant' ? [] : fromToolResult(part);
    case 'file':
    case 'image':
      return fromFile(part) ?? [];
    default:
      return [];
  }
}

/** What the tool answered; what our messages have no word for is kept beside it. */
export function fromToolResult({
  toolCallId: id,
  output,
  ...part
}: ToolResultPart): ToolCallResponsePart {
  const base = { type: 'tool_call_response' as const, id, ...own(part) };
  switch (output.type) {
    case 'error-text':
    case 'error-json':
      return { ...base, response: toJson(output.value), isError: true };
    case 'execution-denied':
      return withSdkMetadata(
        { ...base, response: output.reason ?? deniedText, isError: true },
        { outputType: output.type },
      );
    case 'content':
      return withSdkMetadata(
        { ...base, response: toJson(output.value) },
        { outputType: output.type },
      );
    default:
      return { ...base, response: toJson(output.value) };
  }
}

type SdkFile = Extract<Part, { type: 'file' | 'image' }>;

function fromFile(part: SdkFile): MessagePart | undefined {
  const carried: unknown = part.type === 'file' ? part.data : part.image;
  const filename = part.type === 'file' ? part.filename : undefined;
  const file = {
    type: 'file' as const,
    mediaType: part.mediaType ?? 'image/*',
    ...(filename === undefined ? {} : { filename }),
    ...options(part),
  };
  const { reference } = carried as { readonly reference?: Readonly<Record<string, string>> };
  if (reference !== undefined) return fromReference(reference, file);
  const data = toText(carried);
  return data === undefined ? undefined : fromFileData({ ...file, data });
}

/** What a file carries, as text: base64, or a URL as it was written. */
function toText(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  if (data instanceof URL) return data.href;
  if (data instanceof ArrayBuffer) return toBase64(new Uint8Array(data));
  if (data instanceof Uint8Array) return toBase64(data);
  const tagged = data as {
    readonly data?: unknown;
    readonly url?: unknown;
    readonly text?: string;
  } | null;
  if (tagged?.text !== undefined) return toBase64(new TextEncoder().encode(tagged.text));
  return tagged?.data === undefined && tagged?.url === undefined
    ? undefined
    : toText(tagged.data ?? tagged.url);
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

interface WithOptions {
  readonly providerOptions?: ProviderOptions | undefined;
}

const options = ({ providerOptions }: WithOptions): { providerOptions?: ProviderOptions } =>
  providerOptions === undefined ? {} : { providerOptions };

const own = ({ providerOptions }: WithOptions): JsonObject => fromProviderOptions(providerOptions);
