import type { ServerResponse } from 'node:http';
import type { Reply } from '../wire/reply.ts';

/** Sends an answer; resolves when it is on its way, or the client has left. */
export async function sendReply(
  res: ServerResponse,
  { status, headers, body }: Reply,
): Promise<void> {
  if (res.headersSent || res.destroyed) {
    if (body instanceof ReadableStream) await body.cancel();
  } else if (typeof body === 'string') {
    res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  } else {
    res.writeHead(status, headers);
    if (body === null) res.end();
    else await sendStream(res, body.getReader());
  }
}

/** Read as fast as the client reads. */
async function sendStream(
  res: ServerResponse,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  // Who waits for the first event may want to know that it is going to come.
  res.flushHeaders();
  let open = true;
  let wake = (): void => {};
  const drained = (): void => wake();
  const leave = (): void => {
    open = false;
    reader.cancel().catch(() => {});
    wake();
  };
  res.on('drain', drained).once('close', leave);
  while (open) {
    const { done, value } = await reader.read();
    if (done) break;
    if (open && !res.write(value)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  res.off('drain', drained).off('close', leave);
  if (open) res.end();
}
