import {
  type Caller,
  type ContextReaderOptions,
  createContextReader,
  type ReceivedHandoff,
} from '@agent-handoff/http';
import type { Request, RequestHandler } from 'express';
import { type ExpressRequestOptions, expressBridge } from './express-bridge.ts';

/** What {@link handoffContext} takes. */
export type HandoffContextOptions<Who extends Caller = Caller> = ExpressRequestOptions<Who> &
  Omit<ContextReaderOptions<Who>, keyof ExpressRequestOptions>;

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
  const { authenticate: _, authorize: __, onError: ___, ...rest } = options;
  const bridge = expressBridge(options);
  const read = createContextReader<Who>({ ...rest, ...bridge.options });
  return (req, res, next) => {
    bridge.run({ req, res, next }, async (request) => {
      const received = await read(request);
      if (!('context' in received)) return received;
      res.locals.handoff = received;
      return undefined;
    });
  };
}
