import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyLimits, ReceivedBody, ServedRequest } from '../server/served-request.ts';

/** A request of node:http, or of a framework over it, as the routes see it. */
export function fromNode(req: IncomingMessage, res: ServerResponse): ServedRequest {
  const wasRead = req.readableDidRead;
  let controller: AbortController | undefined;
  return {
    method: req.method ?? 'GET',
    target: targetOf(req.url ?? '/'),
    headers: {
      get(name) {
        // What a parser has read is not the bytes whose length it was.
        if (wasRead && name === 'content-length') return null;
        const value = req.headers[name];
        return Array.isArray(value) ? value.join(', ') : (value ?? null);
      },
    },
    get signal() {
      controller ??= untilLeft(res);
      return controller.signal;
    },
    native: req,
    readBody: (limits) => (wasRead ? readParsed(req) : readBody(req, limits)),
  };
}

/** Proxies ask for a whole URL (RFC 9112 section 3.2.2). */
function targetOf(url: string): string {
  if (url.startsWith('/') || !URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function untilLeft(res: ServerResponse): AbortController {
  const controller = new AbortController();
  const leave = (): void => {
    if (!res.writableFinished) controller.abort();
  };
  if (res.destroyed) leave();
  else res.once('close', leave);
  return controller;
}

function readBody(
  req: IncomingMessage,
  { keepBytes, drainBytes, timeoutMs, clock }: BodyLimits,
): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    const settle = (end: ReceivedBody['end']): void => {
      disarm();
      req.off('data', take).off('end', finish).off('error', fail).off('close', fail);
      resolve({ pieces: end === 'whole' ? pieces : [], bytes, end });
    };
    const take = (piece: Uint8Array): void => {
      bytes += piece.byteLength;
      if (bytes <= keepBytes) pieces.push(piece);
      else pieces.length = 0;
      if (bytes > drainBytes) settle('whole');
    };
    const finish = (): void => settle('whole');
    const fail = (): void => settle('broken');
    const disarm = clock.schedule(timeoutMs, () => settle('late'));
    if (req.destroyed) fail();
    else req.on('data', take).on('end', finish).on('error', fail).on('close', fail);
  });
}

const encoder = new TextEncoder();

/** What a body parser has read, as it was sent: waiting for it to come once more would never end. */
async function readParsed(req: IncomingMessage): Promise<ReceivedBody> {
  const { body } = req as { readonly body?: unknown };
  const piece = body instanceof Uint8Array ? body : encoder.encode(textOf(body));
  return { pieces: [piece], bytes: piece.byteLength, end: 'whole' };
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    // Too deep for it: refused as no JSON.
    return '';
  }
}
