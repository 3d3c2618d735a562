import { HandoffError } from '@agent-handoff/core/adapter';
import { AISDKError, APICallError, RetryError } from 'ai';

/** Shapes of credentials that a provider may repeat in its error. */
const secrets = /\b(?:sk|pk|key|api[-_]?key)[-_][\w-]{8,}|\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/gi;

/**
 * What a model call threw, as `AGENT_FAILED`. `retryable` is the AI SDK's own judgement; what it
 * doesn't know, like a connection that broke in the middle of an answer, is worth another try. The
 * AI SDK's error isn't kept as the cause: it holds request, response and their headers.
 */
export function toHandoffError(thrown: unknown, modelId: string): HandoffError {
  if (HandoffError.isInstance(thrown)) return thrown;
  const attempts = RetryError.isInstance(thrown) ? thrown.errors.length : 1;
  const error = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  const statusCode = APICallError.isInstance(error) ? error.statusCode : undefined;
  const told = toText(error).replace(secrets, '[redacted]');
  return new HandoffError(
    'AGENT_FAILED',
    `The model "${modelId}" failed${statusCode === undefined ? '' : ` with HTTP ${statusCode}`}: ${told}`,
    {
      retryable: isRetryable(error),
      details: { attempts, modelId, ...(statusCode === undefined ? {} : { statusCode }) },
    },
  );
}

function isRetryable(error: unknown): boolean {
  if (APICallError.isInstance(error)) return error.isRetryable;
  return !AISDKError.isInstance(error);
}

/** Errors inside a stream arrive as whatever the provider sent: a string, an object, an error. */
function toText(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && message !== '' ? message : 'it gave no reason';
}
