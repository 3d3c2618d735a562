import { checkOptions } from '@agent-handoff/core/adapter';
import type { Caller } from '@agent-handoff/http';
import {
  createHandoffListener,
  type HandoffListenerOptions,
  handlerOptions,
  sendProblem,
} from '@agent-handoff/http/listener';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';

/** What {@link createHandoffRouter} takes: what `createHandoffHandler` does, with Express's request. */
export type HandoffRouterOptions<Who extends Caller = Caller> = Omit<
  HandoffListenerOptions<Who, Request>,
  'basePath'
>;

const { basePath: _, ...routerOptions } = handlerOptions;

/**
 * The manager's agents as routes of an Express app, at the root or under a path, with a body parser
 * before them or without. The second handler answers the errors of such a parser in the same shape.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 *
 * @example
 * app.use('/agents', createHandoffRouter({
 *   manager,
 *   publicUrl: 'https://api.example.com/agents',
 *   authenticate: (req) => req.user,
 * }));
 */
export function createHandoffRouter<Who extends Caller>(
  options: HandoffRouterOptions<Who>,
): [RequestHandler, ErrorRequestHandler] {
  checkOptions('createHandoffRouter', options, routerOptions);
  // Express has taken off the path under which it is mounted.
  const listener = createHandoffListener<Who, Request>({ ...options, basePath: '' });
  return [
    (req, res, next) => {
      if (listener.handles(req.url)) listener(req, res);
      else next();
    },
    (error, req, res, next) => {
      const status = parserStatus(error);
      if (status === undefined || !listener.handles(req.url)) next(error);
      else void sendProblem(res, status, unreadable);
    },
  ];
}

const unreadable =
  'The body was refused before it came here: it is no JSON, too large, or encoded in a way that is not taken.';

const ofParser = /^(?:charset|encoding|entity|parameters|querystring|request|stream)\./;

/** The status of an error of a body parser; undefined for other errors, which are the application's. */
function parserStatus(error: unknown): number | undefined {
  const { status, type, errno } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  if (typeof type === 'string') return ofParser.test(type) ? status : undefined;
  // What can't be inflated is an error of zlib, which has no type.
  return status === 400 && typeof errno === 'number' ? status : undefined;
}
