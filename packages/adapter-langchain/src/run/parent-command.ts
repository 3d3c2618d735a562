import { type BaseMessage, coerceMessageLikeToMessage } from '@langchain/core/messages';
import { isBubbleUp } from './to-handoff-error.ts';

/** What a graph throws that leaves by a Command to the graph around it. */
export interface ParentCommand extends Error {
  command: { readonly update?: unknown };
}

/** Whether a graph left by a Command to the graph around it, in the place of an answer. */
export const isParentCommand = (thrown: unknown): thrown is ParentCommand =>
  isBubbleUp(thrown) && typeof (thrown as Partial<ParentCommand>).command === 'object';

/** What such a Command writes to the state of the graph around. */
export function updateOf({ command: { update } }: ParentCommand): Record<string, unknown> {
  return Array.isArray(update)
    ? Object.fromEntries(update as [string, unknown][])
    : { ...(update as Record<string, unknown> | undefined) };
}

/** The messages among it. */
export function messagesOf(left: ParentCommand): BaseMessage[] {
  const { messages = [] } = updateOf(left) as { readonly messages?: never };
  return [messages].flat().map(coerceMessageLikeToMessage);
}
