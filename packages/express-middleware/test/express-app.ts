import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express5 from 'express';
import express4 from 'express-4';

/** The versions of Express that are promised, each with the types of the newest. */
export const versions = [
  ['Express 5', express5],
  ['Express 4.21', express4 as unknown as typeof express5],
] as const;

/** One of {@link versions}. */
export type ExpressModule = typeof express5;

/** An app that listens on a port of its own. */
export interface RunningApp {
  readonly url: string;
  close(): Promise<void>;
}

/** Lets an app listen; it may be put together when the URL is known. */
export async function listen(
  express: ExpressModule,
  build: (app: ReturnType<ExpressModule>, url: string) => void,
): Promise<RunningApp> {
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  build(app, url);
  return {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
