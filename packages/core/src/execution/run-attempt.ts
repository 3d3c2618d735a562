import type { AgentReport } from '../agent/agent-report.ts';
import { errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { Clock } from '../runtime/clock.ts';

/** One call of an agent. */
export interface AttemptInput {
  /** Named in errors. */
  readonly agentId: string;
  /** Calls the agent; the signal aborts at the deadline or when the caller's does. */
  readonly call: (signal: AbortSignal) => Promise<AgentReport>;
  /** The caller's: aborted means cancelled. */
  readonly signal: AbortSignal;
  /** Is given what ends the attempt from outside, with an error. */
  readonly onStart?: (stop: (error: HandoffError) => void) => void;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly clock: Clock;
}

/** What came of an attempt; its failure is a value. */
export type Attempt =
  | { readonly report: AgentReport; readonly error?: undefined }
  | { readonly report?: undefined; readonly error: HandoffError };

/**
 * Calls the agent once and answers at the latest when the deadline passes or the caller aborts, even
 * if the agent never does: then its signal aborts, and whatever it still answers is dropped.
 */
export function runAttempt(input: AttemptInput): Promise<Attempt> {
  const { agentId, call, signal, onStart, deadline, clock } = input;
  const controller = new AbortController();
  return new Promise((resolve) => {
    let settled = false;
    const settle = (attempt: Attempt): void => {
      if (settled) return;
      settled = true;
      disarm();
      signal.removeEventListener('abort', cancel);
      resolve(attempt);
    };
    const stop = (error: HandoffError): void => {
      settle({ error });
      controller.abort(error);
    };
    const cancel = (): void => stop(cancelled(agentId, signal.reason));
    const expire = (): void => stop(expired(agentId));

    const leftMs = deadline - clock.now();
    let disarm = (): void => {};
    if (signal.aborted) return cancel();
    if (leftMs <= 0) return expire();
    disarm = clock.schedule(leftMs, expire);
    signal.addEventListener('abort', cancel);
    onStart?.(stop);
    const run = async (): Promise<void> => {
      try {
        settle({ report: await call(controller.signal) });
      } catch (thrown) {
        settle({ error: failure(agentId, thrown) });
      }
    };
    void run();
  });
}

function cancelled(agentId: string, reason: unknown): HandoffError {
  if (HandoffError.isInstance(reason)) return reason;
  return new HandoffError('CANCELLED', `The handoff to "${agentId}" was cancelled by its caller.`, {
    details: { agentId },
    cause: reason,
  });
}

function expired(agentId: string): HandoffError {
  return new HandoffError(
    'DEADLINE_EXCEEDED',
    `Agent "${agentId}" had not answered at its deadline: raise timeoutMs or deadlineAt, or give it less to do.`,
    { details: { agentId } },
  );
}

/** An agent may throw anything, also what can't be looked at. */
function failure(agentId: string, thrown: unknown): HandoffError {
  try {
    return toFailure(agentId, thrown);
  } catch (cause) {
    return new HandoffError(
      'AGENT_FAILED',
      `Agent "${agentId}" failed with an error that is none`,
      {
        cause,
      },
    );
  }
}

/** Only a code of failure stays as it is: what an agent's own nested handoff was refused for isn't this one's refusal. */
function toFailure(agentId: string, thrown: unknown): HandoffError {
  if (!HandoffError.isInstance(thrown)) {
    return HandoffError.from(thrown, 'AGENT_FAILED', `Agent "${agentId}" failed`);
  }
  const { code, message, details, retryable } = thrown;
  const facts = { retryable: retryable === true, cause: thrown };
  // A copy of this package that is newer may know more codes; whatever it is, it is made our own.
  if (Object.hasOwn(errorCodes, code) && errorCodes[code].outcome === 'failed') {
    return new HandoffError(code, String(message), { ...facts, details: { ...details } });
  }
  return new HandoffError('AGENT_FAILED', `Agent "${agentId}" failed: ${message}`, {
    ...facts,
    details: { ...details, agentId, cause: code },
  });
}
