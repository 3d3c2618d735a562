import { checkOptions } from '../errors/check-options.ts';
import type { Json, JsonObject } from './json.ts';

/** Who a message is from. */
export type MessageRole = 'system' | 'user' | 'assistant' | 'tool';

interface PartBase {
  /** What only the provider that produced the part understands: item ids, signatures. */
  readonly providerMetadata?: JsonObject;
}

/** What was said. */
export interface TextPart extends PartBase {
  readonly type: 'text';
  readonly content: string;
}
/** What a model thought before it said it. */
export interface ReasoningPart extends PartBase {
  readonly type: 'reasoning';
  readonly content: string;
}
/** An assistant's call of a tool. */
export interface ToolCallPart extends PartBase {
  readonly type: 'tool_call';
  /** Pairs the call with its `tool_call_response`. */
  readonly id: string;
  readonly name: string;
  readonly arguments: Json;
}
/** What a called tool answered. */
export interface ToolCallResponsePart extends PartBase {
  readonly type: 'tool_call_response';
  readonly id: string;
  readonly response: Json;
  /** True where the tool failed and `response` says how. */
  readonly isError?: boolean;
}
/** Media within the message. */
export interface BlobPart extends PartBase {
  readonly type: 'blob';
  /** `image`, `audio`, `video`, `document`, … */
  readonly modality: string;
  readonly mimeType?: string;
  /** Base64 (RFC 4648 section 4). */
  readonly content: string;
}
/** Media elsewhere. */
export interface UriPart extends PartBase {
  readonly type: 'uri';
  readonly modality: string;
  readonly mimeType?: string;
  readonly uri: string;
}
/** Media that was uploaded to a provider. */
export interface FilePart extends PartBase {
  readonly type: 'file';
  readonly modality: string;
  readonly mimeType?: string;
  /** The provider's own reference to an uploaded file. */
  readonly fileId: string;
}

/** One piece of a message. */
export type MessagePart =
  | TextPart
  | ReasoningPart
  | ToolCallPart
  | ToolCallResponsePart
  | BlobPart
  | UriPart
  | FilePart;

/**
 * One message of a conversation, in the shape of OpenTelemetry's GenAI messages (semantic
 * conventions, `gen_ai.input.messages`) written in camelCase.
 */
export interface Message {
  readonly role: MessageRole;
  readonly parts: readonly MessagePart[];
  /** The participant's name, where several share a role. */
  readonly name?: string;
}

type Content = string | readonly MessagePart[];

const toParts = (content: Content): readonly MessagePart[] =>
  typeof content === 'string' ? [{ content, type: 'text' }] : content;

/**
 * Makes messages: `message.user('Where is my order?')`. Their keys are in order, which is how they are
 * recorded.
 */
export const message = {
  system: (content: Content): Message => ({ parts: toParts(content), role: 'system' }),
  user: (content: Content): Message => ({ parts: toParts(content), role: 'user' }),
  assistant: (content: Content): Message => ({ parts: toParts(content), role: 'assistant' }),
  /** The answer to the tool call with this `id`. */
  tool: (id: string, response: Json, options: { isError?: boolean } = {}): Message => {
    checkOptions('message.tool', options, { isError: true });
    const { isError } = options;
    const part = { id, ...(isError === undefined ? {} : { isError }), response };
    return { parts: [{ ...part, type: 'tool_call_response' }], role: 'tool' };
  },
};

/** The text of a message: its text parts, joined; tool calls, reasoning and files are left out. */
export function messageText({ parts }: Message): string {
  let text = '';
  for (const part of parts) if (part.type === 'text') text += part.content;
  return text;
}
