import { HandoffError, hideTokens, type Usage } from '@agent-handoff/core/adapter';
import { toErrorText } from './to-error-text.ts';

/**
 * Mistakes on our side of the wire, which stay mistakes however often they are repeated. By name,
 * because `isInstance` of some of these classes is true for every error of the AI SDK.
 */
const permanent: ReadonlySet<unknown> = new Set([
  'AI_InvalidArgumentError',
  'AI_InvalidDataContentError',
  'AI_InvalidMessageRoleError',
  'AI_InvalidPromptError',
  'AI_LoadAPIKeyError',
  'AI_LoadSettingError',
  'AI_NoSuchModelError',
  'AI_NoSuchProviderError',
  'AI_UnsupportedFunctionalityError',
  'AI_UnsupportedModelVersionError',
]);

/** What the AI SDK's errors say about a refused call, whichever of its classes they are. */
interface Refusal {
  readonly name?: unknown;
  readonly statusCode?: number;
  readonly isRetryable?: boolean;
  /** Of an `AI_RetryError`: what each attempt threw. */
  readonly errors?: readonly unknown[];
}

/** Who answers, as a failure names it. */
export type Who = { readonly modelId: string } | { readonly agentId: string };

/**
 * What a call of the AI SDK threw, as `AGENT_FAILED`. `retryable` is the AI SDK's own judgement of an
 * answered call; what broke on the way, like a stream that ended too early, is worth another try. The
 * AI SDK's error isn't kept as the cause: it holds request, response and their headers. Tokens that
 * the provider repeats in its message are hidden.
 *
 * @param usage what had been consumed by then.
 */
export function toHandoffError(thrown: unknown, who: Who, usage?: Usage): HandoffError {
  if (HandoffError.isInstance(thrown)) return thrown;
  const { errors = [] } = (thrown ?? {}) as Refusal;
  const attempts = errors.length > 0 ? errors : [thrown];
  const error = attempts.at(-1);
  const { statusCode } = (error ?? {}) as Refusal;
  const name = 'modelId' in who ? `model "${who.modelId}"` : `agent "${who.agentId}"`;
  const status = statusCode === undefined ? '' : ` with HTTP ${statusCode}`;
  return new HandoffError(
    'AGENT_FAILED',
    `The ${name} failed${status}: ${hideTokens(toErrorText(error, 'it gave no reason'))}`,
    {
      retryable: isRetryable(error),
      details: {
        attempts: attempts.length,
        ...who,
        ...(usage === undefined ? {} : { usage }),
        ...(statusCode === undefined ? {} : { statusCode }),
      },
    },
  );
}

function isRetryable(error: unknown): boolean {
  const { name, statusCode, isRetryable } = (error ?? {}) as Refusal;
  // A broken stream is not retryable to the AI SDK, but only for want of a status to judge it by.
  if (isRetryable !== undefined && (isRetryable || statusCode !== undefined)) return isRetryable;
  return !permanent.has(name);
}
