import type { Clock, Json } from '@agent-handoff/core';
import { fromContentType } from '../wire/media-type.ts';
import { parseJson } from '../wire/parse-json.ts';
import { HttpProblem } from '../wire/problem.ts';
import type { ServedRequest } from './served-request.ts';

/** How a body is read. */
export interface ReadBodyOptions {
  /** Media types that are taken, in lower case. */
  readonly mediaTypes: readonly string[];
  readonly maxBytes: number;
  /** Milliseconds for the whole body. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** How many bodies' worth is read and thrown away, so that a client gets to see its refusal. */
const drainFactor = 16;

/**
 * The JSON in the body of a request, with its media type. Nothing is inflated, and what a header says
 * about the length is not believed.
 *
 * @throws HttpProblem 400, 408, 413 or 415.
 */
export async function readJsonBody(
  request: ServedRequest,
  options: ReadBodyOptions,
): Promise<{ readonly mediaType: string; readonly value: Json }> {
  const mediaType = checkHeaders(request.headers, options);
  const text = await readText(request, options);
  try {
    return { mediaType, value: parseJson(text) };
  } catch (thrown) {
    throw new HttpProblem(400, `The body can't be read: ${(thrown as Error).message}.`);
  }
}

function checkHeaders(headers: ServedRequest['headers'], { mediaTypes }: ReadBodyOptions): string {
  const { essence, charset } = fromContentType(headers.get('content-type'));
  if (!mediaTypes.includes(essence) || (charset !== undefined && charset !== 'utf-8')) {
    const wanted = mediaTypes.join(' or ');
    throw new HttpProblem(415, `Send the body as ${wanted}, in UTF-8.`, {
      accept: mediaTypes.join(', '),
    });
  }
  const encoding = headers.get('content-encoding')?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
    throw new HttpProblem(415, 'Send the body without a content-encoding: nothing is inflated.', {
      'accept-encoding': 'identity',
    });
  }
  return essence;
}

async function readText(request: ServedRequest, options: ReadBodyOptions): Promise<string> {
  const { maxBytes, timeoutMs, clock } = options;
  const drainBytes = maxBytes * drainFactor;
  const body = await request.readBody({ keepBytes: maxBytes, drainBytes, timeoutMs, clock });
  if (body === undefined) throw new HttpProblem(400, 'The request has no body.');
  const { pieces, bytes, end } = body;
  if (end === 'late') {
    throw new HttpProblem(408, `The body took longer than ${timeoutMs} ms.`, closing);
  }
  if (end === 'broken') {
    throw new HttpProblem(400, 'The body ended before it was complete.', closing);
  }
  if (bytes > maxBytes) {
    throw new HttpProblem(413, `The body is larger than ${maxBytes} bytes: send less.`, closing);
  }
  const declared = request.headers.get('content-length');
  if (declared !== null && declared !== String(bytes)) {
    throw new HttpProblem(400, `The body has ${bytes} bytes, not ${declared} as announced.`);
  }
  return decode(pieces, bytes);
}

/** What is left of the body on the connection must not be taken for another request. */
const closing = { connection: 'close' } as const;

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(pieces: readonly Uint8Array[], bytes: number): string {
  try {
    return decoder.decode(pieces.length === 1 ? pieces[0] : joined(pieces, bytes));
  } catch {
    throw new HttpProblem(400, 'The body is not UTF-8.');
  }
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
