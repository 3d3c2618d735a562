import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import {
  createHandoffManager,
  type HandoffAgent,
  type HandoffManager,
  type HandoffManagerOptions,
} from '@agent-handoff/core';
import { createHandoffHandler, type HandoffHandlerOptions } from '../src/index.ts';
import { createHandoffListener, type HandoffListenerOptions } from '../src/listener.ts';
import { createRemoteAgent, type NodeRemoteAgentOptions } from '../src/node.ts';
import { checkAnswer } from './api-description.ts';
import { type Served, serve, serveNode } from './serve.ts';

/** A manager that is reached over HTTP. */
export interface Desk extends Served {
  readonly manager: HandoffManager;
  /** What the handler told that it is at fault for. */
  readonly faults: unknown[];
  /** A request below `/agents`, as `ada` unless told otherwise; its answer is held to `openapi.yaml`. */
  ask(path: string, init?: RequestInit & { readonly as?: string }): Promise<Response>;
  /** `POST /handoffs` in JSON. */
  post(body: unknown, headers?: Record<string, string>, as?: string): Promise<Response>;
}

/** How desks are served: by the Fetch handler, or by the listener. */
let bridge = byFetch;

/** From here on desks are served without Fetch. */
export function serveByListener(): void {
  bridge = byListener;
}

function byFetch(options: (url: string) => HandoffHandlerOptions): Promise<Served> {
  return serve((url) => createHandoffHandler(options(url)));
}

async function byListener(options: (url: string) => HandoffHandlerOptions): Promise<Served> {
  let listener: RequestListener = (_req, res) => void res.writeHead(503).end();
  return serveNode(
    createServer((req, res) => listener(req, res)),
    (url) => {
      const { authenticate, ...others } = options(url);
      const given = {
        ...others,
        authenticate: (req: IncomingMessage) => authenticate(asFetch(req)),
      };
      listener = createHandoffListener(given as unknown as HandoffListenerOptions);
    },
  );
}

/** What the functions of a test look at in a request. */
function asFetch({ headers, method = 'GET', url }: IncomingMessage): Request {
  return new Request(`http://127.0.0.1${url}`, { method, headers: headers as never });
}

/** Serves agents; `Authorization: Bearer <name>` is who calls. */
export async function desk(
  agents: readonly HandoffAgent[],
  options: Partial<HandoffHandlerOptions> & {
    readonly manage?: Partial<HandoffManagerOptions>;
  } = {},
): Promise<Desk> {
  const { manage, ...handlerOptions } = options;
  const manager: HandoffManager = createHandoffManager({ agents, ...manage });
  const faults: unknown[] = [];
  const served = await bridge((url) => ({
    manager,
    publicUrl: `${url}/agents`,
    authenticate: whoIsAsking,
    onError: (error) => faults.push(error),
    ...handlerOptions,
  }));
  const ask: Desk['ask'] = async (path, { as = 'ada', headers, ...init } = {}) => {
    const url = `${served.url}/agents${path}`;
    const response = await fetch(url, {
      ...init,
      headers: { authorization: `Bearer ${as}`, ...(headers as Record<string, string>) },
    });
    await checkAnswer(init.method ?? 'GET', url, response);
    return response;
  };
  return {
    ...served,
    manager,
    faults,
    ask,
    post: (body, headers = {}, as = 'ada') =>
      ask('/handoffs', {
        as,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

/** The caller of a test: the name in the authorization header. */
export function whoIsAsking(request: Request): { readonly id: string } | undefined {
  const id = /^Bearer (\w+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
  return id === undefined ? undefined : { id };
}

/** An agent of a desk, as another process sees it. */
export function remoteOf(
  { url }: { readonly url: string },
  options: Partial<NodeRemoteAgentOptions> = {},
): HandoffAgent<'billing'> {
  return createRemoteAgent({
    url: `${url}/agents`,
    headers: { authorization: 'Bearer ada' },
    allowHttp: true,
    allowAddresses: ['127.0.0.1'],
    ...options,
    id: 'billing',
  });
}
