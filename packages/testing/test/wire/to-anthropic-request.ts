import type { Message, MessagePart } from '@agent-handoff/core';
import { resultText } from './part-text.ts';

/** A request of the Messages API of a transcript: nothing repaired, nothing left out but reasoning. */
export function toAnthropicRequest(messages: readonly Message[]): unknown {
  return {
    model: 'claude',
    max_tokens: 100,
    messages: messages.map(({ role, parts }) => ({
      role: role === 'tool' ? 'user' : role,
      content: parts.flatMap(toBlocks),
    })),
  };
}

function toBlocks(part: MessagePart): readonly unknown[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.content }];
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.arguments }];
    case 'tool_call_response':
      return [
        {
          type: 'tool_result',
          tool_use_id: part.id,
          content: resultText(part),
          ...(part.isError === undefined ? {} : { is_error: part.isError }),
        },
      ];
    case 'blob': {
      const source = { type: 'base64', media_type: part.mimeType, data: part.content };
      return [{ type: 'image', source }];
    }
    case 'uri':
      return [{ type: 'image', source: { type: 'url', url: part.uri } }];
    case 'file':
      return [{ type: 'document', source: { type: 'file', file_id: part.fileId } }];
    default:
      return [];
  }
}
