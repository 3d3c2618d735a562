import type { Message, ToolCallPart } from '@agent-handoff/core/adapter';
import type { ModelMessage } from 'ai';
import { toModelMessages } from './to-model-messages.ts';

/**
 * Messages whose last calls were approved by a person: the AI SDK runs them before it asks the model.
 *
 * @throws HandoffError as `toModelMessages` does.
 */
export function toApprovedMessages(messages: readonly Message[]): ModelMessage[] {
  const approved = openCalls(messages);
  const answers = approved.map(({ id }) => ({
    type: 'tool_call_response' as const,
    id,
    response: '',
  }));
  if (answers.length === 0) return toModelMessages(messages);
  const converted = toModelMessages([...messages, { role: 'tool', parts: answers }]).slice(0, -1);
  const asking = converted.findLastIndex(({ role }) => role === 'assistant');
  const ids = approved.map(({ id }) => ({ approvalId: `approval-${id}`, toolCallId: id }));
  return [
    ...converted.map((message, index) =>
      message.role !== 'assistant' || typeof message.content === 'string' || index !== asking
        ? message
        : {
            ...message,
            content: [
              ...message.content,
              ...ids.map((request) => ({ type: 'tool-approval-request' as const, ...request })),
            ],
          },
    ),
    {
      role: 'tool',
      content: ids.map(({ approvalId }) => ({
        type: 'tool-approval-response',
        approvalId,
        approved: true,
      })),
    },
  ];
}

function openCalls(messages: readonly Message[]): readonly ToolCallPart[] {
  const open = new Map<string, ToolCallPart>();
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.type === 'tool_call') open.set(part.id, part);
    if (part.type === 'tool_call_response') open.delete(part.id);
  }
  return [...open.values()];
}
