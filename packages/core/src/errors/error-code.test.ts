import { describe, expect, it } from 'vitest';
import { errorCodes } from './error-code.ts';

/** What callers and HTTP clients rely on: a change here breaks them. */
const promised = `
AGENT_NOT_FOUND       rejected          404
INVALID_CONTEXT       rejected          400
INVALID_PAYLOAD       rejected          422
CHAIN_LIMIT           rejected          422
CYCLE                 rejected          422
PATH_DENIED           rejected          403
POLICY_DENIED         rejected          403
LIMIT_EXCEEDED        rejected          429
APPROVAL_DENIED       rejected          403
THREAD_BUSY           rejected          409 again
AGENT_FAILED          failed            502 again
DEADLINE_EXCEEDED     failed            504 again
EMPTY_OUTPUT          failed            502 again
INCOMPLETE            failed            502 again
INTERRUPTED           failed            503 again
INVALID_OUTPUT        failed            502 again
NO_MODEL              failed            500
STORE_CONFLICT        failed            409 again
STORE_FAILED          failed            503 again
CANCELLED             cancelled         409
AWAITING_APPROVAL     awaiting-approval 202
CUSTODY_BROKEN        thrown            500
HANDOFF_NOT_FOUND     thrown            404
INVALID_CONFIGURATION thrown            500
UNAUTHENTICATED       thrown            401
UNSUPPORTED_VERSION   thrown            400`;

describe('the error codes', () => {
  it('are these, each with its outcome, its HTTP status and whether to try again', () => {
    const expected = promised
      .trim()
      .split('\n')
      .map((line) => {
        const [code, outcome, http, again] = line.split(/ +/);
        return [code, { outcome, http: Number(http), retryable: again === 'again' }];
      });
    expect(errorCodes).toEqual(Object.fromEntries(expected));
  });
});
