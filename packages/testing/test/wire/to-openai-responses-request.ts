import type { Message, MessagePart } from '@agent-handoff/core';
import { dataUrl, resultText } from './part-text.ts';

/** A request of the Responses API of a transcript: nothing repaired, nothing left out but reasoning. */
export function toOpenAiResponsesRequest(messages: readonly Message[]): unknown {
  return { model: 'small', input: messages.flatMap(toItems) };
}

function toItems({ role, parts }: Message): readonly unknown[] {
  return parts.flatMap((part): readonly unknown[] => {
    if (part.type === 'tool_call') {
      const { id, name } = part;
      const text = JSON.stringify(part.arguments);
      return [{ type: 'function_call', call_id: id, name, arguments: text }];
    }
    if (part.type === 'tool_call_response') {
      return [{ type: 'function_call_output', call_id: part.id, output: resultText(part) }];
    }
    const content = toContent(part, role);
    return content === undefined ? [] : [{ role, content: [content] }];
  });
}

function toContent(part: MessagePart, role: Message['role']): unknown {
  switch (part.type) {
    case 'text':
      return { type: role === 'assistant' ? 'output_text' : 'input_text', text: part.content };
    case 'blob':
      return { type: 'input_image', image_url: dataUrl(part) };
    case 'uri':
      return { type: 'input_image', image_url: part.uri };
    case 'file':
      return { type: 'input_file', file_id: part.fileId };
    default:
      return undefined;
  }
}
