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
    // Most are, and nothing of them needs a look.
    if (isText(message)) return toPlainMessage(message);
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

const isText = ({ role, name, parts: [part, ...others] }: Message): boolean =>
  role !== 'tool' &&
  name === undefined &&
  part?.type === 'text' &&
  part.content !== '' &&
  part.providerMetadata === undefined &&
  others.length === 0;

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

/** Whether two values are the same JSON, whatever the order of their keys. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = writtenKeys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === writtenKeys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const writtenKeys = (value: Record<string, unknown>): string[] =>
  Object.keys(value).filter((key) => value[key] !== undefined);

const unfit = ({ role }: Message, { type }: MessagePart, index: number): HandoffError =>
  new HandoffError(
    'INVALID_CONTEXT',
    `message ${index} (${role}) has a ${type} part, which its role can't carry. A transcript from elsewhere goes through repairTranscript first.`,
  );
