const encoder = new TextEncoder();

/** A value in JSON that nobody on the way keeps, with its length, so that it goes out in one piece. */
export function jsonResponse(
  value: object,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = encoder.encode(JSON.stringify(value));
  const length = String(body.byteLength);
  return new Response(body, {
    status,
    headers: { ...headers, 'cache-control': 'no-store', 'content-length': length },
  });
}
