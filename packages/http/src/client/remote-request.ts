import { type Clock, type ErrorCode, errorCodes, HandoffError } from '@agent-handoff/core';
import { fromContentType } from '../wire/media-type.ts';
import { parseJson } from '../wire/parse-json.ts';
import { problemType } from '../wire/problem.ts';
import { ConnectionLost } from './connection-lost.ts';
import { raceAbort } from './race-abort.ts';
import type { RemoteHeaders } from './remote-agent-options.ts';

/** How the other side is reached. */
export interface Remote {
  /** The agent's id here, for errors. */
  readonly id: string;
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly headers: RemoteHeaders;
  readonly answerTimeoutMs: number;
  readonly clock: Clock;
}

/** One request to the other side. */
export interface RemoteRequest {
  readonly method: 'GET' | 'POST';
  /** Below the remote's URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and gives the answer, if it is a good one. Follows no redirect.
 *
 * @throws ConnectionLost where trying again may help.
 * @throws HandoffError with the other side's code, or `AGENT_FAILED`, where it won't.
 */
export async function sendRequest(remote: Remote, request: RemoteRequest): Promise<Response> {
  const { id, answerTimeoutMs, clock } = remote;
  const late = new AbortController();
  const disarm = clock.schedule(answerTimeoutMs, () =>
    late.abort(new ConnectionLost(`"${id}" did not answer within ${answerTimeoutMs} ms`)),
  );
  try {
    const response = await send(remote, request, AbortSignal.any([request.signal, late.signal]));
    if (response.ok) return response;
    const retryAfterMs = retryAfter(response.headers.get('retry-after'));
    const error = await refusalOf(remote, response);
    if (!mayDoBetter(response.status, error)) throw error;
    throw new ConnectionLost(error.message, { retryAfterMs, cause: error });
  } catch (thrown) {
    request.signal.throwIfAborted();
    if (late.signal.aborted) throw late.signal.reason;
    throw thrown;
  } finally {
    disarm();
  }
}

async function send(
  { id, url, fetch: call, headers: own }: Remote,
  { method, path, headers, body }: RemoteRequest,
  signal: AbortSignal,
): Promise<Response> {
  const asked = async () => (typeof own === 'function' ? own() : own);
  const credentials = await raceAbort(asked(), signal);
  try {
    return await call(`${url}${path}`, {
      method,
      headers: { ...credentials, ...headers },
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    });
  } catch (thrown) {
    // A guard says why it refused; fetch wraps it.
    const { cause } = thrown as { cause?: unknown };
    if (HandoffError.isInstance(cause)) throw cause;
    throw new ConnectionLost(`"${id}" could not be reached`, { cause: thrown });
  }
}

/** Whether the same request may succeed later: it is safe to repeat, as each has a key of its own. */
function mayDoBetter(status: number, { details, retryable }: HandoffError): boolean {
  const hasCode = typeof details['code'] === 'string';
  if (status === 408 || status === 425 || status === 429) return !hasCode;
  return status >= 500 && status !== 501 && (retryable || !hasCode);
}

/** Most characters of a refusal that are read. */
const maxRefusalBytes = 65_536;

async function refusalOf({ id }: Remote, response: Response): Promise<HandoffError> {
  const { status, type } = response;
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    await response.body?.cancel().catch(() => {});
    return failed(
      `"${id}" answers with a redirect, which is not followed: set its url to where it leads`,
      {
        status,
      },
    );
  }
  const isProblem = fromContentType(response.headers.get('content-type')).essence === problemType;
  const text = isProblem ? await readSome(response) : '';
  if (!isProblem) await response.body?.cancel().catch(() => {});
  try {
    const problem = parseJson(text) as Record<string, unknown>;
    const { code, detail, details, retryable } = problem;
    if (typeof code === 'string' && typeof detail === 'string' && Object.hasOwn(errorCodes, code)) {
      return new HandoffError(code as ErrorCode, detail, {
        details: { ...(typeof details === 'object' ? details : {}), code, status },
        retryable: retryable === true,
      });
    }
    if (typeof detail === 'string') return failed(`"${id}" refused: ${detail}`, { status });
  } catch {
    // What isn't a problem says nothing worth repeating.
  }
  return failed(`"${id}" answered with status ${status}`, { status });
}

async function readSome(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (reader !== undefined && text.length < maxRefusalBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came of it has to do.
  } finally {
    reader?.cancel().catch(() => {});
  }
  return text;
}

/** `retry-after` in milliseconds (RFC 9110 section 10.2.3); dates are left aside. */
function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : undefined;
}

function failed(message: string, details: Readonly<Record<string, unknown>>): HandoffError {
  return new HandoffError('AGENT_FAILED', `${message}.`, { details, retryable: false });
}
