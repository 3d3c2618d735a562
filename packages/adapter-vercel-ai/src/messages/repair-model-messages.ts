import type { ModelMessage } from 'ai';

type Part = Exclude<ModelMessage['content'], string>[number];

/**
 * Messages of the AI SDK in which every call has its result: calls without one and results without a
 * call are left out, and messages without content. For a conversation that was cut to its newest
 * messages, or broke off. A call that a person has decided about in the last message stays open: it is
 * run, or answered, with the next response. Calls that a provider runs itself are left as they are.
 *
 * Whatever is not about pairs stays as it is, metadata of providers too; a transcript for another
 * provider goes through `repairTranscript` instead.
 */
export function repairModelMessages(messages: readonly ModelMessage[]): ModelMessage[] {
  const kept = pairedCalls(messages);
  return messages.flatMap((message): ModelMessage[] => {
    const { content } = message;
    if (typeof content === 'string') return [message];
    const parts = (content as readonly Part[]).filter((part) => isKept(part, kept));
    if (parts.length === content.length) return [message];
    return parts.length === 0 ? [] : [{ ...message, content: parts } as ModelMessage];
  });
}

/** What stays of calls and approvals: the ids of both. */
function pairedCalls(messages: readonly ModelMessage[]): ReadonlySet<string> {
  const open = new Set<string>();
  const kept = new Set<string>();
  const approvals = new Map<string, string>();
  messages.forEach((message, index) => {
    const isLast = index === messages.length - 1;
    for (const part of typeof message.content === 'string' ? [] : message.content) {
      switch (part.type) {
        case 'tool-call':
          (part.providerExecuted ? kept : open).add(part.toolCallId);
          break;
        case 'tool-approval-request':
          approvals.set(part.approvalId, part.toolCallId);
          break;
        case 'tool-approval-response':
          if (isLast) keep(approvals.get(part.approvalId) ?? '');
          break;
        case 'tool-result':
          keep(part.toolCallId);
          break;
        default:
      }
    }
  });
  for (const [approvalId, toolCallId] of approvals) if (kept.has(toolCallId)) kept.add(approvalId);
  return kept;

  function keep(toolCallId: string): void {
    if (open.has(toolCallId)) kept.add(toolCallId);
  }
}

function isKept(part: Part, kept: ReadonlySet<string>): boolean {
  switch (part.type) {
    case 'tool-call':
    case 'tool-result':
      return kept.has(part.toolCallId);
    case 'tool-approval-request':
    case 'tool-approval-response':
      return kept.has(part.approvalId);
    default:
      return true;
  }
}
