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
  const kept = keptIds(messages);
  return messages.flatMap((message): ModelMessage[] => {
    if (typeof message.content === 'string') return [message];
    const parts = partsOf(message);
    const content = parts.filter((part) => {
      const id = idOf(part);
      return id === undefined || kept.has(id);
    });
    if (content.length === parts.length) return [message];
    return content.length === 0 ? [] : [{ ...message, content } as ModelMessage];
  });
}

const partsOf = ({ content }: ModelMessage): readonly Part[] =>
  typeof content === 'string' ? [] : content;

/** The id of a call or an approval, in parts that come in pairs. */
function idOf(part: Part): string | undefined {
  switch (part.type) {
    case 'tool-call':
    case 'tool-result':
      return part.toolCallId;
    case 'tool-approval-request':
    case 'tool-approval-response':
      return part.approvalId;
    default:
      return undefined;
  }
}

/** The ids of calls that have a result or are about to get one, and of the approvals of those. */
function keptIds(messages: readonly ModelMessage[]): ReadonlySet<string> {
  const open = new Set<string>();
  const approvals = new Map<string, string>();
  const kept = new Set<string>();
  const keep = (toolCallId = ''): void => {
    if (open.has(toolCallId)) kept.add(toolCallId);
  };
  for (const message of messages) {
    const isLast = message === messages.at(-1);
    for (const part of partsOf(message)) {
      if (part.type === 'tool-call') (part.providerExecuted ? kept : open).add(part.toolCallId);
      if (part.type === 'tool-approval-request') approvals.set(part.approvalId, part.toolCallId);
      if (part.type === 'tool-result') keep(part.toolCallId);
      if (part.type === 'tool-approval-response' && isLast) keep(approvals.get(part.approvalId));
    }
  }
  for (const [approvalId, toolCallId] of approvals) if (kept.has(toolCallId)) kept.add(approvalId);
  return kept;
}
