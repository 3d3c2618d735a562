import { HandoffError } from '../errors/handoff-error.ts';
import { checkContextInput } from './check-context-input.ts';
import { type ContextFilter, composeFilters, type FilterRequest } from './context-filter.ts';
import {
  type ContextEnvironment,
  type CreateHandoffContextOptions,
  makeContext,
} from './create-handoff-context.ts';
import type { HandoffContext } from './handoff-context.ts';
import type { Message } from './message.ts';
import { repairTranscript } from './repair-transcript.ts';

/**
 * What `createHandoffContext` makes of the options, with only what the filters leave of it: first the
 * `conversation` of each in their order, before the summary of a `state` is written, then the
 * `context` of each. Key messages come out
 * as `repairTranscript` leaves them, and whatever a filter returned is checked and redacted as the
 * options were. Takes a finished context too. Without filters it is `createHandoffContext`.
 *
 * @throws HandoffError `INVALID_CONTEXT` for wrong options, and where a filter throws or returns
 * something else.
 *
 * @example
 * const lean = applyFilters(context, [removeToolCalls(), lastMessages(10), withinTokens(2_000)]);
 */
export function applyFilters(
  options: CreateHandoffContextOptions,
  filters: readonly ContextFilter[],
  environment: ContextEnvironment = {},
): HandoffContext {
  checkContextInput(options, environment);
  return filterContext(options, filters, environment);
}

/** {@link applyFilters} of options whose names are known to be right. */
export function filterContext(
  options: CreateHandoffContextOptions,
  filters: readonly ContextFilter[],
  environment: ContextEnvironment,
): HandoffContext {
  if (filters.length === 0) return makeContext(options, environment);
  const filter = composeFilters(...filters);
  const given = filterState(options, filter);
  const made = makeContext(given, environment);
  const { conversationSummary, findings, keyMessages, progressSummary, stateSnapshot } = filtering(
    () => {
      const request = requestOf(made);
      const kept = filter.context(
        {
          ...(made.conversationSummary === undefined
            ? {}
            : { conversationSummary: made.conversationSummary }),
          findings: made.findings,
          // Those of a state are filtered already.
          keyMessages:
            given.keyMessages === undefined
              ? made.keyMessages
              : filter.conversation(made.keyMessages, request),
          ...(made.progressSummary === undefined ? {} : { progressSummary: made.progressSummary }),
          stateSnapshot: made.stateSnapshot,
        },
        request,
      );
      return { ...kept, keyMessages: repairTranscript(kept.keyMessages) };
    },
  );
  return makeContext(
    { ...made, conversationSummary, findings, keyMessages, progressSummary, stateSnapshot },
    environment,
  );
}

/** The messages of the options' state that count for its summary: all, without filters or a state. */
export function filterConversation(
  options: CreateHandoffContextOptions,
  filters: readonly ContextFilter[],
): readonly Message[] {
  const { state } = filterState(options, composeFilters(...filters));
  // What is no state is for createHandoffContext to refuse.
  return Array.isArray(state?.messages) ? state.messages : [];
}

function filterState(
  options: CreateHandoffContextOptions,
  filter: Required<ContextFilter>,
): CreateHandoffContextOptions {
  // What is no state is for createHandoffContext to refuse.
  if (!Array.isArray(options?.state?.messages)) return options;
  const { state } = options;
  const messages = filtering(() => filter.conversation(state.messages, requestOf(options)));
  return { ...options, state: { ...state, messages } };
}

function requestOf({
  reason = 'specialization',
  sourceAgentId,
  targetAgentId,
}: CreateHandoffContextOptions): FilterRequest {
  return { reason, sourceAgentId, targetAgentId };
}

function filtering<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (thrown) {
    throw HandoffError.from(thrown, 'INVALID_CONTEXT', 'A context filter failed');
  }
}
