import type { Mountable } from '@copilotkit/aimock';

/** Node's own, named by way of aimock: this package needs no types of Node. */
export type IncomingRequest = Parameters<Mountable['handleRequest']>[0];

/**
 * The whole body of a request, which stays there for whoever reads it next; of an empty one nothing
 * stays, not even its end.
 */
export function peekBody(request: IncomingRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      request.off('readable', read).off('end', settle).off('error', reject);
      // In the same turn in which the last of it was read: the stream hasn't ended yet.
      for (const chunk of chunks.toReversed()) request.unshift(chunk);
      resolve(textOf(chunks));
    };
    const read = (): void => {
      while (request.readableLength > 0) chunks.push(request.read() as Uint8Array);
      if (request.complete) settle();
    };
    request.on('readable', read).on('end', settle).on('error', reject);
  });
}

function textOf(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  const texts = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
  return texts.join('') + decoder.decode();
}
