import type { Message, MessagePart } from '@agent-handoff/core';

interface Content {
  readonly role: string;
  readonly parts: readonly unknown[];
  readonly ofTool: boolean;
}

/**
 * A request to Gemini of a transcript: the results of a turn in one content, as the API wants it,
 * nothing else repaired, nothing left out but reasoning.
 */
export function toGeminiRequest(messages: readonly Message[]): unknown {
  const names = new Map<string, string>();
  const contents: Content[] = [];
  for (const { role, parts } of messages) {
    for (const part of parts) if (part.type === 'tool_call') names.set(part.id, part.name);
    const ofTool = role === 'tool';
    const made = parts.flatMap((part) => toParts(part, names));
    const last = contents.at(-1);
    if (ofTool && last?.ofTool) {
      contents.splice(-1, 1, { ...last, parts: [...last.parts, ...made] });
    } else {
      contents.push({ role: roles[role] ?? role, parts: made, ofTool });
    }
  }
  return { contents: contents.map(({ role, parts }) => ({ role, parts })) };
}

const roles: Readonly<Record<string, string>> = { assistant: 'model', tool: 'user' };

function toParts(part: MessagePart, names: ReadonlyMap<string, string>): readonly unknown[] {
  switch (part.type) {
    case 'text':
      return [{ text: part.content }];
    case 'tool_call':
      return [{ functionCall: { name: part.name, args: part.arguments } }];
    case 'tool_call_response': {
      const response = { [part.isError ? 'error' : 'output']: part.response };
      return [{ functionResponse: { name: names.get(part.id) ?? '', response } }];
    }
    case 'blob':
      return [{ inlineData: { mimeType: part.mimeType, data: part.content } }];
    case 'uri':
      return [{ fileData: { mimeType: part.mimeType, fileUri: part.uri } }];
    case 'file':
      return [{ fileData: { fileUri: part.fileId } }];
    default:
      return [];
  }
}
