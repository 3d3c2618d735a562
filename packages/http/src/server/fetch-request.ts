import type { BodyLimits, ReceivedBody, ServedRequest } from './served-request.ts';

/** A Fetch request as the routes see it. */
export function fromFetch(request: Request): ServedRequest {
  const { method, headers } = request;
  return {
    method,
    target: targetOf(request.url),
    headers,
    get signal() {
      return request.signal;
    },
    native: request,
    readBody: (limits) => readBody(request, limits),
  };
}

/** Path and query of a URL as Fetch writes it: absolute, and always with a path. */
function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const end = url.indexOf('#', start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

async function readBody(
  request: Request,
  { keepBytes, drainBytes, timeoutMs, clock }: BodyLimits,
): Promise<ReceivedBody | undefined> {
  const reader = request.body?.getReader();
  if (reader === undefined) return undefined;
  let late = false;
  const disarm = clock.schedule(timeoutMs, () => {
    late = true;
    reader.cancel().catch(() => {});
  });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes <= drainBytes) {
      const { done, value } = await reader.read();
      if (late) return { pieces: [], bytes, end: 'late' };
      if (done) break;
      bytes += value.byteLength;
      if (bytes <= keepBytes) pieces.push(value);
      else pieces.length = 0;
    }
    return { pieces, bytes, end: 'whole' };
  } catch {
    return { pieces: [], bytes, end: late ? 'late' : 'broken' };
  } finally {
    disarm();
    reader.cancel().catch(() => {});
  }
}
