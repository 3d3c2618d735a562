import type { HandoffResult } from '@agent-handoff/core';
import type { ModelMessage } from 'ai';

/** Who decides about handoffs that a policy wants approved, where a chat asks its user. */
export interface ApprovalOptions {
  /** Recorded as who approved, or how that is found: take it from the session, never from a message. */
  readonly approvedBy?: string | (() => string | undefined);
}

/**
 * The id of the user's approval of this call, where the user was asked about it and approved: the
 * messages end with the answer.
 */
export function approvalOf(
  messages: readonly ModelMessage[],
  toolCallId: string,
): string | undefined {
  const last = messages.at(-1);
  if (last?.role !== 'tool') return undefined;
  const asked = new Set<string>();
  for (const { role, content } of messages) {
    if (role !== 'assistant' || typeof content === 'string') continue;
    for (const part of content) {
      if (part.type === 'tool-approval-request' && part.toolCallId === toolCallId) {
        asked.add(part.approvalId);
      }
    }
  }
  for (const part of last.content) {
    if (part.type !== 'tool-approval-response' || !part.approved) continue;
    if (asked.has(part.approvalId)) return part.approvalId;
  }
  return undefined;
}

/**
 * Whether a handoff waits because of a policy, which the user's approval answers: not because its
 * target is a person, or waits for one.
 */
export function waitsForPolicy({ status, error }: HandoffResult): boolean {
  return status === 'awaiting-approval' && error?.details?.['policy'] !== undefined;
}

/** How the user's approval is passed on. */
export function approvalBy({ approvedBy }: ApprovalOptions): { by?: string } {
  const by = typeof approvedBy === 'function' ? approvedBy() : approvedBy;
  return by === undefined ? {} : { by };
}
