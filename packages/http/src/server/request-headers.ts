import { HttpProblem } from '../wire/problem.ts';
import { queryParameter, type ServedRequest } from './served-request.ts';

/** The `idempotency-key` of a request: one key is one handoff, whatever is sent under it again. */
export function readIdempotencyKey({ headers }: ServedRequest): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new HttpProblem(400, 'Idempotency-Key is not 1 to 255 visible ASCII characters.');
}

/** The `traceparent` of a request; one that is none is ignored, as W3C Trace Context section 3.2.2.5 has it. */
export function readTraceparent({ headers }: ServedRequest): string | undefined {
  const traceparent = headers.get('traceparent');
  if (traceparent === null || !traceparentPattern.test(traceparent)) return undefined;
  return traceparent;
}

const traceparentPattern =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Whether a request continues only what is here already: `if-match: *` of RFC 9110 section 13.1.1.
 *
 * @throws HttpProblem 412 for any other `if-match`: nothing here has an entity tag.
 */
export function readOnlyIfKnown({ headers }: ServedRequest): boolean {
  const value = headers.get('if-match');
  if (value === null || value.trim() === '*') return value !== null;
  throw unmet();
}

/** What was to be continued is not here. */
export function unmet(): HttpProblem {
  return new HttpProblem(
    412,
    'There is no such handoff here: send it without If-Match to begin it.',
  );
}

/** The query parameter `timeoutMs`: milliseconds that the handoff may take. */
export function readTimeoutMs(request: ServedRequest): number | undefined {
  const text = queryParameter(request, 'timeoutMs');
  if (text === null) return undefined;
  const timeoutMs = Number(text);
  if (/^\d{1,15}$/.test(text) && timeoutMs > 0) return timeoutMs;
  throw new HttpProblem(400, 'timeoutMs is not a whole number of milliseconds above 0.');
}

/**
 * Milliseconds that a request wants to wait (`wait` of RFC 7240 section 4.3, in seconds; as long as
 * can be where it has no value), `longestMs` at most; 0 where it doesn't want to.
 */
export function readWaitMs({ headers }: ServedRequest, longestMs: number): number {
  for (const preference of (headers.get('prefer') ?? '').split(/[,;]/)) {
    const found = /^\s*wait\s*(?:=\s*"?(\d{1,9})"?\s*)?$/i.exec(preference);
    if (!found) continue;
    return found[1] === undefined ? longestMs : Math.min(longestMs, Number(found[1]) * 1000);
  }
  return 0;
}
