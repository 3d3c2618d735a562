import type {
  JsonObject,
  Message,
  MessagePart,
  ToolCallPart,
  ToolCallResponsePart,
} from '@agent-handoff/core/adapter';
import {
  AIMessage,
  type BaseMessage,
  type ContentBlock,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { isMedia, toMediaBlock } from './media-block.ts';

/** The message in LangChain's form, as far as that can express it. */
export function toPlainMessage(
  message: Message,
  toolNames: ReadonlyMap<string, string> = new Map(),
): BaseMessage {
  const name = message.name?.replace(/[^A-Za-z0-9_-]/g, '_');
  const named = name ? { name } : {};
  switch (message.role) {
    case 'system':
      return new SystemMessage({ ...toContent(message.parts), ...named });
    case 'user':
      return new HumanMessage({ ...toContent(message.parts), ...named });
    case 'assistant': {
      const calls = message.parts.filter((part) => part.type === 'tool_call');
      return new AIMessage({
        ...toContent(message.parts),
        tool_calls: calls.map(toToolCall),
        ...named,
      });
    }
    case 'tool': {
      const [part] = message.parts as readonly ToolCallResponsePart[];
      const { id = '', response = '', isError } = part ?? {};
      const toolName = toolNames.get(id);
      return new ToolMessage({
        content: typeof response === 'string' ? response : JSON.stringify(response),
        tool_call_id: id,
        ...(toolName === undefined ? {} : { name: toolName }),
        status: isError ? 'error' : 'success',
      });
    }
  }
}

interface Content {
  content: string | ContentBlock[];
  response_metadata?: { output_version: 'v1' };
}

function toContent(parts: readonly MessagePart[]): Content {
  const blocks = parts.flatMap(toBlock);
  const [first] = blocks;
  if (first === undefined) return { content: '' };
  if (blocks.length === 1 && first.type === 'text') return { content: String(first.text) };
  // Blocks of files are read as such only in a message of this version.
  const isPlain = parts.every(({ type }) => !isMedia(type));
  return { content: blocks, ...(isPlain ? {} : { response_metadata: { output_version: 'v1' } }) };
}

function toBlock(part: MessagePart): ContentBlock | [] {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.content };
    case 'reasoning':
      // Only its own provider can be shown it, in the provider's own form.
      return (part.providerMetadata?.['langchain'] as ContentBlock | undefined) ?? [];
    case 'blob':
    case 'uri':
    case 'file':
      return toMediaBlock(part);
    default:
      return [];
  }
}

function toToolCall({ id, name, arguments: given }: ToolCallPart) {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  const args = isObject ? (given as JsonObject) : { value: given };
  return { type: 'tool_call' as const, id, name, args: { ...args } };
}
