/** What a code means for the caller: the status of the result that carries it, or that it is thrown. */
export type ErrorOutcome = 'rejected' | 'failed' | 'cancelled' | 'awaiting-approval' | 'thrown';

interface ErrorCodeFacts {
  /** The status of the `HandoffResult` that carries this code; `thrown` for a programming mistake. */
  readonly outcome: ErrorOutcome;
  /** The HTTP status that answers it (RFC 9110). */
  readonly http: number;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
}

/**
 * Every error code, with the result status that carries it, its HTTP status and whether a retry can
 * help. The list is closed: a `switch` over {@link ErrorCode} is exhaustive.
 */
export const errorCodes = {
  // Refused before anything ran.
  AGENT_NOT_FOUND: { outcome: 'rejected', http: 404, retryable: false },
  INVALID_CONTEXT: { outcome: 'rejected', http: 400, retryable: false },
  INVALID_PAYLOAD: { outcome: 'rejected', http: 422, retryable: false },
  CHAIN_LIMIT: { outcome: 'rejected', http: 422, retryable: false },
  CYCLE: { outcome: 'rejected', http: 422, retryable: false },
  PATH_DENIED: { outcome: 'rejected', http: 403, retryable: false },
  POLICY_DENIED: { outcome: 'rejected', http: 403, retryable: false },
  LIMIT_EXCEEDED: { outcome: 'rejected', http: 429, retryable: false },
  THREAD_BUSY: { outcome: 'rejected', http: 409, retryable: true },
  APPROVAL_DENIED: { outcome: 'rejected', http: 403, retryable: false },
  // Ran, or tried to, and did not complete.
  AGENT_FAILED: { outcome: 'failed', http: 502, retryable: true },
  DEADLINE_EXCEEDED: { outcome: 'failed', http: 504, retryable: true },
  EMPTY_OUTPUT: { outcome: 'failed', http: 502, retryable: true },
  INCOMPLETE: { outcome: 'failed', http: 502, retryable: true },
  INTERRUPTED: { outcome: 'failed', http: 503, retryable: true },
  INVALID_OUTPUT: { outcome: 'failed', http: 502, retryable: true },
  NO_MODEL: { outcome: 'failed', http: 500, retryable: false },
  STORE_CONFLICT: { outcome: 'failed', http: 409, retryable: true },
  STORE_FAILED: { outcome: 'failed', http: 503, retryable: true },
  // Ended by its caller, or waiting for a person.
  CANCELLED: { outcome: 'cancelled', http: 409, retryable: false },
  AWAITING_APPROVAL: { outcome: 'awaiting-approval', http: 202, retryable: false },
  // Programming mistakes and broken evidence.
  CUSTODY_BROKEN: { outcome: 'thrown', http: 500, retryable: false },
  HANDOFF_NOT_FOUND: { outcome: 'thrown', http: 404, retryable: false },
  INVALID_CONFIGURATION: { outcome: 'thrown', http: 500, retryable: false },
  UNAUTHENTICATED: { outcome: 'thrown', http: 401, retryable: false },
  UNSUPPORTED_VERSION: { outcome: 'thrown', http: 400, retryable: false },
} as const satisfies Record<string, ErrorCodeFacts>;

/** A code of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** The codes that a result of one status can carry. */
export type ErrorCodeOf<Outcome extends ErrorOutcome> = {
  [Code in ErrorCode]: (typeof errorCodes)[Code]['outcome'] extends Outcome ? Code : never;
}[ErrorCode];
