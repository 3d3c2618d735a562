import { HandoffError } from '@agent-handoff/core';
import type {
  AuthorizeRequest,
  Caller,
  HandoffHandlerOptions,
  Permission,
} from '@agent-handoff/http';
import { createHeaders, createRequest, sendResponse } from '@remix-run/node-fetch-server';
import type { Request as ExpressRequest, Response as ExpressResponse, NextFunction } from 'express';

/** The options that are about a request: here they see Express's. */
export interface ExpressRequestOptions<Who extends Caller = Caller> {
  /** Who calls, such as `req.user`; undefined for nobody known, who gets 401. */
  readonly authenticate: (request: ExpressRequest) => Who | undefined | Promise<Who | undefined>;
  /**
   * Whether the caller may. False is 403 for `create` and 404 for everything else. Tasks of others stay
   * 404 whatever it says, unless it answers `{ beyondOwner: true }`. Default: true, but for `resume`:
   * without it nobody decides about what waits.
   */
  readonly authorize?: (
    request: Omit<AuthorizeRequest<Who>, 'request'> & { readonly request: ExpressRequest },
  ) => boolean | Permission | Promise<boolean | Permission>;
  /** Is told what the server is at fault for, which no caller is; default `console.error`. */
  readonly onError?: (error: unknown, request: ExpressRequest) => void;
}

/** Express's requests as Fetch ones, and Fetch answers as Express's. */
export interface ExpressBridge<Who extends Caller> {
  /** The same options for the Fetch request. */
  readonly options: Pick<HandoffHandlerOptions<Who>, 'authenticate' | 'authorize' | 'onError'>;
  /**
   * Sends what `answer` resolves to; undefined leaves the request to the next handler. What is thrown
   * goes to Express, which in version 4 waits for ever for a promise that rejects.
   */
  run(
    express: {
      readonly req: ExpressRequest;
      readonly res: ExpressResponse;
      readonly next: NextFunction;
    },
    answer: (request: Request) => Promise<Response | undefined>,
  ): void;
}

/**
 * A bridge whose Fetch requests have URLs below `base`.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` without `authenticate`.
 */
export function expressBridge<Who extends Caller>(
  { authenticate, authorize, onError }: ExpressRequestOptions<Who>,
  base: URL = new URL('http://localhost'),
): ExpressBridge<Who> {
  if (typeof authenticate !== 'function') {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      'authenticate is missing: pass a function that says who calls.',
    );
  }
  const requests = new WeakMap<Request, ExpressRequest>();
  const expressOf = (request: Request): ExpressRequest => requests.get(request) as ExpressRequest;
  return {
    options: {
      authenticate: (request) => authenticate(expressOf(request)),
      ...(authorize && {
        authorize: (asked) => authorize({ ...asked, request: expressOf(asked.request) }),
      }),
      ...(onError && { onError: (error, request) => onError(error, expressOf(request)) }),
    },
    run({ req, res, next }, answer) {
      Promise.resolve()
        .then(() => {
          const request = toFetchRequest(req, res, base);
          requests.set(request, req);
          return answer(request);
        })
        .then((response) => (response === undefined ? next() : send(res, response)))
        .catch((thrown: unknown) => (res.headersSent ? res.destroy() : next(thrown)));
    },
  };
}

async function send(res: ExpressResponse, response: Response): Promise<void> {
  // The client may have left meanwhile.
  if (res.headersSent || res.destroyed) await response.body?.cancel();
  else await sendResponse(res, response);
}

/**
 * A body that a parser before has read is taken from `req.body`: waiting for it to come once more would
 * never end.
 */
function toFetchRequest(req: ExpressRequest, res: ExpressResponse, base: URL): Request {
  const { host, protocol } = base;
  if (!req.readableDidRead || req.method === 'GET' || req.method === 'HEAD') {
    return createRequest(req, res, { host, protocol });
  }
  const headers = createHeaders(req);
  // It was the length of other bytes.
  headers.delete('content-length');
  return new Request(`${protocol}//${host}${req.url}`, {
    method: req.method,
    headers,
    body: bodyOf(req),
  });
}

/** What a parser has read, as it was sent. */
function bodyOf({ body }: { readonly body?: unknown }): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return body as string | Uint8Array<ArrayBuffer>;
  }
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    // Too deep for it: refused as no JSON.
    return '';
  }
}
