import type { Message } from '@agent-handoff/core';
import type { ModelMessage } from 'ai';
import { fromModelMessages } from '../messages/from-model-messages.ts';

/**
 * The calls that were decided about when a response began, with what came of them: they are made again
 * here, because the response that asked about them left them open.
 *
 * @param from where the messages begin that the response added itself.
 */
export function decidedCalls(messages: readonly ModelMessage[], from: number): Message[] {
  const results = messages
    .slice(from)
    .flatMap(({ role, content }) => (role === 'tool' ? content : []))
    .filter((part) => part.type === 'tool-result');
  if (results.length === 0) return [];
  const ids = new Set(results.map(({ toolCallId }) => toolCallId));
  const asked = messages.slice(0, from).findLast(({ role }) => role === 'assistant')?.content ?? [];
  const calls = (typeof asked === 'string' ? [] : asked).filter(
    (part) => part.type === 'tool-call' && ids.has(part.toolCallId),
  );
  return fromModelMessages([
    { role: 'assistant', content: calls } as ModelMessage,
    { role: 'tool', content: results },
  ]);
}
