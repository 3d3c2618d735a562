import { type ErrorCode, errorCodes, HandoffError } from '@agent-handoff/core';
import { jsonReply, type Reply, toResponse } from './reply.ts';

/** An answer in the media type of RFC 9457, `application/problem+json`. */
export interface Problem {
  /** `about:blank` where the status says it all, else `urn:agent-handoff:error:<code>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened, and what to do. */
  readonly detail: string;
  /** The code of the `HandoffError` behind it. */
  readonly code?: ErrorCode;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly taskId?: string;
  readonly handoffId?: string;
}

/** The media type of a {@link Problem}. */
export const problemType = 'application/problem+json';

/** A request that HTTP itself refuses: thrown on the way, answered as a {@link Problem}. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Problem['details'];

  constructor(
    status: number,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    details?: Problem['details'],
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.headers = headers;
    this.details = details;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Ids that a problem names where there is a handoff. */
export type ProblemIds = Pick<Problem, 'taskId' | 'handoffId'>;

/** The problem that was thrown. What the server itself is at fault for is not described. */
export function toProblem(thrown: unknown, ids: ProblemIds = {}): Problem {
  if (thrown instanceof HttpProblem) {
    const { status, message, details } = thrown;
    return { ...httpProblem(status, message), ...(details === undefined ? {} : { details }) };
  }
  if (!HandoffError.isInstance(thrown) || isOurFault(thrown)) {
    return httpProblem(500, 'The server failed. Nothing is wrong with the request as such.');
  }
  const { code, message, retryable, details } = thrown;
  return {
    type: `urn:agent-handoff:error:${code}`,
    title: code,
    status: errorCodes[code].http,
    detail: message,
    code,
    retryable,
    details,
    ...ids,
  };
}

/** Whether the one who runs the server has to learn of it, because no caller can do anything about it. */
export function isOurFault(thrown: unknown): boolean {
  if (thrown instanceof HttpProblem) return thrown.status >= 500;
  if (!HandoffError.isInstance(thrown)) return true;
  // A newer core may have more codes.
  const facts: { readonly outcome: string; readonly http: number } | undefined =
    errorCodes[thrown.code];
  return facts === undefined || (facts.outcome === 'thrown' && facts.http >= 500);
}

/** The answer that carries a problem. */
export function problemReply(
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return jsonReply(problem, problem.status, { ...headers, 'content-type': problemType });
}

/** A problem whose status says it all. */
export function httpProblem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: titles[status] ?? 'Error', status, detail };
}

/** An answer in the shape of every refusal, for a status that says it all. */
export function problem(status: number, detail: string): Response {
  return toResponse(problemReply(httpProblem(status, detail)));
}
