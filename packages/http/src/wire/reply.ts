/** An answer as the routes give it, whichever kind of server sends it. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** A text goes out in one piece, with its length. */
  readonly body: string | ReadableStream<Uint8Array> | null;
}

/** A value in JSON that nobody on the way keeps. */
export function jsonReply(
  value: object,
  status: number,
  headers: Readonly<Record<string, string>>,
): Reply {
  const body = JSON.stringify(value);
  return { status, headers: { ...headers, 'cache-control': 'no-store' }, body };
}

const encoder = new TextEncoder();

/** The same as Fetch's. */
export function toResponse({ status, headers, body }: Reply): Response {
  if (typeof body !== 'string') return new Response(body, { status, headers });
  const bytes = encoder.encode(body);
  const length = String(bytes.byteLength);
  return new Response(bytes, { status, headers: { ...headers, 'content-length': length } });
}
