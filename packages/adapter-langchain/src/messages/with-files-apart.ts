import {
  type Json,
  type Message,
  type MessagePart,
  messageText,
  message as newMessage,
} from '@agent-handoff/core/adapter';
import { HumanMessage } from '@langchain/core/messages';
import { fromPlainMessage } from './from-plain-message.ts';
import { isMedia } from './media-block.ts';

/**
 * The messages with the pictures and other files that tools answered in a user's message behind the
 * answers: not all providers take them in an answer, and none makes anything of their JSON.
 */
export function withFilesApart(messages: readonly Message[]): readonly Message[] {
  // Nearly all conversations, and this is on the way of every handoff.
  if (!messages.some(({ role }) => role === 'tool')) return messages;
  const files: MessagePart[] = [];
  const told = (): Message[] => (files.length > 0 ? [newMessage.user(files.splice(0))] : []);
  const apart = messages.flatMap((message) => {
    if (message.role !== 'tool') return [...told(), message];
    const parts = message.parts.map((part) => {
      const answer = part.type === 'tool_call_response' && fromBlocks(part.response);
      const own = answer ? answer.parts.filter(({ type }) => isMedia(type)) : [];
      if (!answer || own.length === 0) return part;
      files.push(...own);
      const where = own.length > 1 ? `[${own.length} files, below]` : '[a file, below]';
      return { ...part, response: [messageText(answer), where].join('\n').trim() };
    });
    return { ...message, parts };
  });
  return [...apart, ...told()];
}

/** What a tool of LangChain answered in blocks, as a message. */
function fromBlocks(response: Json): Message | undefined {
  const isBlocks =
    Array.isArray(response) &&
    response.every((each) => typeof (each as { type?: unknown } | null)?.type === 'string');
  return isBlocks ? fromPlainMessage(new HumanMessage({ content: response as never })) : undefined;
}
