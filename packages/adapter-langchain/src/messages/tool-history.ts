import { type Message, type MessagePart, message } from '@agent-handoff/core/adapter';

/**
 * What becomes of earlier tool calls where no tools are offered, which some providers refuse: they are
 * told in words, kept as they are, or left out.
 */
export type ToolHistory = 'text' | 'keep' | 'drop';

/** The messages with the tool calls among them told as `history` says. */
export function withToolHistory(messages: readonly Message[], history: ToolHistory): Message[] {
  if (history === 'keep') return [...messages];
  return messages.flatMap((each): Message | [] => {
    if (each.role === 'tool') {
      return history === 'drop' ? [] : message.user(each.parts.map(inWords));
    }
    const parts = each.parts.flatMap((part): MessagePart | [] => {
      if (part.type !== 'tool_call') return part;
      return history === 'drop' ? [] : inWords(part);
    });
    return parts.length === 0 ? [] : { ...each, parts };
  });
}

function inWords(part: MessagePart): MessagePart {
  if (part.type === 'tool_call') {
    return text(`[Called the tool ${part.name} with ${JSON.stringify(part.arguments)}]`);
  }
  if (part.type !== 'tool_call_response') return part;
  const { response, isError } = part;
  const told = typeof response === 'string' ? response : JSON.stringify(response);
  return text(`[${isError ? 'The tool failed' : 'The tool answered'}: ${told}]`);
}

const text = (content: string): MessagePart => ({ type: 'text', content });
