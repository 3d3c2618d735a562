import { checkOptions } from '@agent-handoff/core/adapter';
import type { Caller, ContextReaderOptions, ReceivedHandoff } from '@agent-handoff/http';
import { createContextListener, readerOptions } from '@agent-handoff/http/listener';
import type { Request, RequestHandler } from 'express';

/** What {@link handoffContext} takes: of the router's options those that are about a request. */
export type HandoffContextOptions<Who extends Caller = Caller> = ContextReaderOptions<Who, Request>;

/** What {@link handoffContext} leaves in `res.locals`. */
export interface HandoffLocals<Who extends Caller = Caller> extends Record<string, unknown> {
  handoff: ReceivedHandoff<Who>;
}

/**
 * Reads the context out of a request for a handler of the application's own, which finds it, typed, in
 * `res.locals.handoff`. Where there is none that could be accepted, it answers itself.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 *
 * @example
 * app.post('/refunds', handoffContext({ authenticate: (req) => req.user }), async (req, res) => {
 *   const { context, options } = res.locals.handoff;
 *   res.json(await manager.executeHandoff(context, options));
 * });
 */
export function handoffContext<Who extends Caller>(
  options: HandoffContextOptions<Who>,
): RequestHandler<Request['params'], unknown, unknown, Request['query'], HandoffLocals<Who>> {
  checkOptions('handoffContext', options, readerOptions);
  const read = createContextListener<Who, Request>(options);
  return (req, res, next) => {
    read(req as unknown as Request, res).then((received) => {
      if (received === undefined) return;
      res.locals.handoff = received;
      next();
      // Express 4 waits for ever for a promise that rejects.
    }, next);
  };
}
