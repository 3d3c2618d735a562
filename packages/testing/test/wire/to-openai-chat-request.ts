import type { Message, MessagePart } from '@agent-handoff/core';
import { dataUrl, resultText } from './part-text.ts';

/** A chat request of a transcript, as a plain client makes it: nothing repaired, nothing left out but reasoning. */
export function toOpenAiChatRequest(messages: readonly Message[]): unknown {
  return { model: 'small', messages: messages.flatMap(toChatMessages) };
}

function toChatMessages({ role, parts, name }: Message): readonly unknown[] {
  const named = name === undefined ? {} : { name };
  const results = parts.flatMap((part) =>
    part.type === 'tool_call_response'
      ? [{ role: 'tool', tool_call_id: part.id, content: resultText(part) }]
      : [],
  );
  if (role === 'tool') return results;
  const calls = parts.flatMap((part) =>
    part.type === 'tool_call'
      ? [
          {
            id: part.id,
            type: 'function',
            function: { name: part.name, arguments: JSON.stringify(part.arguments) },
          },
        ]
      : [],
  );
  const content = parts.flatMap(toContent);
  const called = calls.length > 0 ? { tool_calls: calls } : {};
  return [{ role, content: content.length > 0 ? content : null, ...named, ...called }, ...results];
}

function toContent(part: MessagePart): readonly unknown[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.content }];
    case 'blob':
      return [{ type: 'image_url', image_url: { url: dataUrl(part) } }];
    case 'uri':
      return [{ type: 'image_url', image_url: { url: part.uri } }];
    case 'file':
      return [{ type: 'file', file: { file_id: part.fileId } }];
    default:
      return [];
  }
}
