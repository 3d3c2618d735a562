import { HttpProblem, isOurFault, problemReply, toProblem } from '../wire/problem.ts';
import type { Reply } from '../wire/reply.ts';

/** How a failure is answered. */
export interface FailureOptions {
  /** In `www-authenticate`, for callers who are not known. */
  readonly challenge: string;
  /** Is told what no caller is. */
  readonly onError: (error: unknown) => void;
}

/** The answer for whatever was thrown: a problem, in JSON, and no word of what is nobody's business. */
export function failureReply(thrown: unknown, { challenge, onError }: FailureOptions): Reply {
  if (isOurFault(thrown)) onError(thrown);
  const problem = toProblem(thrown);
  if (problem.status === 401) return problemReply(problem, { 'www-authenticate': challenge });
  return problemReply(problem, thrown instanceof HttpProblem ? thrown.headers : {});
}
