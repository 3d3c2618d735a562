import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server for what aimock doesn't do: answers that hang, break off or aren't the protocol's. */
export interface RawServer extends AsyncDisposable {
  readonly baseURL: string;
  /** Resolves when the client has closed a connection before its answer was whole. */
  readonly clientLeft: Promise<void>;
}

/** Starts a server that answers every request by `respond`. */
export async function rawServer(
  respond: (response: ServerResponse, body: string) => void,
): Promise<RawServer> {
  let left: () => void;
  const clientLeft = new Promise<void>((resolve) => {
    left = resolve;
  });
  const server = createServer((incoming, response) => {
    response.on('close', () => {
      if (!response.writableFinished) left();
    });
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => respond(response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    clientLeft,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Begins a stream of chat completion chunks with the given pieces of text. */
export function beginStream(response: ServerResponse, ...texts: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const content of texts) {
    const choices = [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }];
    response.write(`data: ${JSON.stringify({ id: 'x', created: 1, model: 'm', choices })}\n\n`);
  }
}
