import type { HandoffContext } from './handoff-context.ts';
import type { Message } from './message.ts';

/** What is known of the work so far, as it is handed on: all that a filter may change. */
export type HandedOn = Pick<
  HandoffContext,
  'conversationSummary' | 'findings' | 'keyMessages' | 'progressSummary' | 'stateSnapshot'
>;

/** The handoff that a filter works for. */
export type FilterRequest = Pick<HandoffContext, 'reason' | 'sourceAgentId' | 'targetAgentId'>;

/**
 * Decides what of a conversation is handed on. Both methods are pure, and either may be missing.
 *
 * @example
 * const noProgress: ContextFilter = {
 *   context: ({ progressSummary: _, ...rest }) => rest,
 * };
 */
export interface ContextFilter {
  /**
   * What of the conversation counts, asked before its summary is written: what is left out here is
   * in no summary either. Also asked for key messages that the sender gave.
   */
  readonly conversation?: (
    messages: readonly Message[],
    request: FilterRequest,
  ) => readonly Message[];
  /** What is handed on, asked when everything is checked, redacted and summarized. */
  readonly context?: (handedOn: HandedOn, request: FilterRequest) => HandedOn;
}

/** One filter that works as all of these: each step of one after that of the one before. */
export function composeFilters(...filters: readonly ContextFilter[]): Required<ContextFilter> {
  return {
    conversation: (messages, request) =>
      filters.reduce((kept, filter) => filter.conversation?.(kept, request) ?? kept, messages),
    context: (handedOn, request) =>
      filters.reduce((kept, filter) => filter.context?.(kept, request) ?? kept, handedOn),
  };
}
