import type { Message } from '@agent-handoff/core/adapter';
import type { ModelMessage } from 'ai';
import { fromModelMessages } from '../messages/from-model-messages.ts';
import { takeSdkMetadata } from '../messages/sdk-metadata.ts';
import { checkAnswered, convert } from '../messages/to-model-messages.ts';

/** What an agent is sent whose calls a person has approved. */
interface ApprovedCalls {
  readonly messages: ModelMessage[];
  /** The ids of the calls. */
  readonly approved: ReadonlySet<string>;
}

/**
 * Messages whose open calls were approved: the AI SDK runs them before it asks the model. Each goes
 * with the request that it waited with, because an agent that signs its requests wants to see them.
 *
 * @throws HandoffError as `toModelMessages` does.
 */
export function toApprovedCalls(messages: readonly Message[]): ApprovedCalls {
  const open = new Map<string, string>();
  const converted = convert(messages, open);
  const requests = messages.flatMap(({ parts }) =>
    parts.flatMap((part) => {
      if (part.type !== 'tool_call' || !open.has(part.id)) return [];
      return takeSdkMetadata(part.providerMetadata).kept.approvalRequest ?? [];
    }),
  );
  const approved = new Set(requests.map(({ toolCallId }) => toolCallId));
  for (const id of approved) open.delete(id);
  checkAnswered(open);
  if (approved.size === 0) return { messages: converted, approved };
  const asking = converted.findLastIndex(({ role }) => role === 'assistant');
  const asked = converted[asking] as Extract<ModelMessage, { role: 'assistant' }>;
  const responses = requests.map(({ approvalId }) => ({
    type: 'tool-approval-response' as const,
    approvalId,
    approved: true,
  }));
  return {
    messages: [
      ...converted.with(asking, {
        ...asked,
        content: [...asked.content, ...requests],
      } as ModelMessage),
      { role: 'tool', content: responses },
    ],
    approved,
  };
}

/** The results of approved calls among these messages: no step has them, because they ran before the first. */
export function approvedResults(
  messages: readonly ModelMessage[],
  approved: ReadonlySet<string>,
): Message[] {
  const content = messages
    .flatMap((message) => (message.role === 'tool' ? message.content : []))
    .filter((part) => part.type === 'tool-result' && approved.has(part.toolCallId));
  return content.length === 0 ? [] : fromModelMessages([{ role: 'tool', content }]);
}
