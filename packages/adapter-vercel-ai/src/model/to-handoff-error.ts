import { HandoffError, hideTokens } from '@agent-handoff/core/adapter';
import { RetryError } from 'ai';

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
  readonly message?: unknown;
  readonly statusCode?: number;
  readonly isRetryable?: boolean;
}

/**
 * What a model call threw, as `AGENT_FAILED`. `retryable` is the AI SDK's own judgement of an answered
 * call; what broke on the way, like a stream that ended too early, is worth another try. The AI SDK's
 * error isn't kept as the cause: it holds request, response and their headers. Tokens that the
 * provider repeats in its message are hidden.
 */
export function toHandoffError(thrown: unknown, modelId: string): HandoffError {
  if (HandoffError.isInstance(thrown)) return thrown;
  const attempts = RetryError.isInstance(thrown) ? thrown.errors.length : 1;
  const error = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  const { statusCode } = (error ?? {}) as Refusal;
  const status = statusCode === undefined ? '' : ` with HTTP ${statusCode}`;
  return new HandoffError(
    'AGENT_FAILED',
    `The model "${modelId}" failed${status}: ${hideTokens(toText(error))}`,
    {
      retryable: isRetryable(error),
      details: { attempts, modelId, ...(statusCode === undefined ? {} : { statusCode }) },
    },
  );
}

function isRetryable(error: unknown): boolean {
  const { name, statusCode, isRetryable } = (error ?? {}) as Refusal;
  // A broken stream is not retryable to the AI SDK, but only for want of a status to judge it by.
  if (isRetryable !== undefined && (isRetryable || statusCode !== undefined)) return isRetryable;
  return !permanent.has(name);
}

/** Errors inside a stream arrive as whatever the provider sent: a string, an object, an error. */
function toText(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message } = (error ?? {}) as Refusal;
  return typeof message === 'string' && message !== '' ? message : 'it gave no reason';
}
