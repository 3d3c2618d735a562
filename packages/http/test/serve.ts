import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestListener } from '@remix-run/node-fetch-server';

/** A server on a port of its own. */
export interface Served {
  readonly url: string;
  readonly server: Server;
  /** Ends it, with every connection. */
  close(): Promise<void>;
}

/** Serves a Fetch handler; it may be made when the URL is known. */
export async function serve(
  make: (url: string) => (request: Request) => Response | Promise<Response>,
): Promise<Served> {
  let handler: (request: Request) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 });
  return serveNode(
    createServer(createRequestListener((request: Request) => handler(request))),
    (url) => {
      handler = make(url);
    },
  );
}

/** Lets a server listen. */
export async function serveNode(
  server: Server,
  ready: (url: string) => void = () => {},
): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  ready(url);
  return {
    url,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
