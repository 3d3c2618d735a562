import { HandoffError, type Message, type MessagePart } from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';
import { fromPlainMessage } from './from-plain-message.ts';
import { isMedia } from './media-block.ts';
import { keepOwn, type OwnMessage } from './own-message.ts';
import { toPlainMessage } from './to-plain-message.ts';

/**
 * The messages as LangChain takes them. Nothing is lost: `fromLangChainMessages` gives back what went
 * in, also after the messages were stored. They bear no ids, so LangGraph adds them to its state and
 * never puts them in the place of others.
 *
 * @throws HandoffError `INVALID_CONTEXT` for a part that its message's role can't carry.
 */
export function toLangChainMessages(messages: readonly Message[]): BaseMessage[] {
  const toolNames = new Map<string, string>();
  return messages.flatMap((message, index) => {
    for (const part of message.parts) {
      if (part.type === 'tool_call') toolNames.set(part.id, part.name);
      if (!carries(message.role, part.type)) throw unfit(message, part, index);
    }
    return toOwnForms(message).map((own) => {
      const converted = toPlainMessage(own.message, toolNames);
      if (own.joined || !isSame(fromPlainMessage(converted), own.message)) keepOwn(converted, own);
      return converted;
    });
  });
}

/** One for each LangChain message that it takes. */
function toOwnForms(message: Message): OwnMessage[] {
  if (message.role !== 'tool' || message.parts.length < 2) return [{ message }];
  return message.parts.map((part, place) => ({
    message: { ...message, parts: [part] },
    ...(place === 0 ? {} : { joined: true }),
  }));
}

function carries(role: Message['role'], type: MessagePart['type']): boolean {
  if (type === 'tool_call_response') return role === 'tool';
  if (role === 'tool') return false;
  return role === 'assistant' || type === 'text' || (role === 'user' && isMedia(type));
}

/** Mostly written alike; the order of keys says nothing, and telling that it doesn't is slower. */
const isSame = (read: Message | undefined, message: Message): boolean =>
  JSON.stringify(read) === JSON.stringify(message) ||
  JSON.stringify(inOrder(read)) === JSON.stringify(inOrder(message));

/** The same value with the keys of its objects sorted. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, member]) => [key, inOrder(member)]);
}

const unfit = ({ role }: Message, { type }: MessagePart, index: number): HandoffError =>
  new HandoffError(
    'INVALID_CONTEXT',
    `message ${index} (${role}) has a ${type} part, which its role can't carry. A transcript from elsewhere goes through repairTranscript first.`,
  );
