import { HandoffError, hideTokens } from '@agent-handoff/core/adapter';

/** What the errors of LangChain, LangGraph and the providers' clients say about themselves. */
interface Refusal {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly status?: unknown;
  readonly lc_error_code?: unknown;
  readonly is_bubble_up?: unknown;
}

/**
 * Whether something that was thrown is LangGraph's own control flow, an interrupt above all. By its
 * mark, because LangGraph may be there in several copies, or not at all.
 */
export const isBubbleUp = (thrown: unknown): boolean =>
  ((thrown ?? {}) as Refusal).is_bubble_up === true;

/**
 * What a run threw, as `AGENT_FAILED`, or as `INCOMPLETE` where a graph met its recursion limit.
 * LangGraph's control flow is passed on as it is. The error isn't kept as the cause: providers' errors
 * hold headers. Tokens that a provider repeats in its message are hidden.
 */
export function toHandoffError(thrown: unknown, who: string): unknown {
  if (HandoffError.isInstance(thrown) || isBubbleUp(thrown)) return thrown;
  const { status, lc_error_code: code } = (thrown ?? {}) as Refusal;
  const statusCode = typeof status === 'number' ? status : undefined;
  const isLimit = code === 'GRAPH_RECURSION_LIMIT';
  const http = statusCode === undefined ? '' : ` with HTTP ${statusCode}`;
  return new HandoffError(
    isLimit ? 'INCOMPLETE' : 'AGENT_FAILED',
    `${who} failed${http}: ${hideTokens(toErrorText(thrown))}`,
    {
      retryable: isLimit || isRetryable(statusCode),
      details: statusCode === undefined ? {} : { statusCode },
    },
  );
}

/** Of an answered call, timeouts, conflicts, rate limits and the provider's own failures. */
const isRetryable = (status: number | undefined): boolean =>
  status === undefined || status >= 500 || [408, 409, 429].includes(status);

/** What a model is told of an error: its message alone. */
export function toErrorText(thrown: unknown): string {
  const { message, name } = (thrown ?? {}) as Refusal;
  const said = typeof thrown === 'string' ? thrown : message || name;
  return typeof said === 'string' && said !== '' ? said : 'it gave no reason';
}
