import type { IncomingMessage, ServerResponse } from 'node:http';
import { toAnswering } from '../server/answering.ts';
import type { Caller, HandoffHandlerOptions } from '../server/handler-options.ts';
import type { ServingOptions } from '../server/serving.ts';
import { fromNode } from './node-request.ts';
import { sendReply } from './send-reply.ts';

/** What {@link createHandoffListener} takes: its functions see the server's own request. */
export type HandoffListenerOptions<
  Who extends Caller = Caller,
  Given extends IncomingMessage = IncomingMessage,
> = HandoffHandlerOptions<Who, Given>;

/** The routes as a listener. `handles` says whether a path is one of them, for servers that have others too. */
export interface HandoffListener<Given extends IncomingMessage = IncomingMessage> {
  (req: Given, res: ServerResponse): void;
  handles(url: string): boolean;
}

/**
 * The manager's agents as routes of a node:http server, or of a framework over it: the same as
 * `createHandoffHandler`, without Fetch's objects in between. A body that a parser has read before is
 * taken from `req.body`.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 *
 * @example
 * createServer(createHandoffListener({
 *   manager,
 *   publicUrl: 'https://api.example.com/agents',
 *   authenticate: (req) => userOf(req.headers.authorization),
 * })).listen(8080);
 */
export function createHandoffListener<
  Who extends Caller,
  Given extends IncomingMessage = IncomingMessage,
>(options: HandoffListenerOptions<Who, Given>): HandoffListener<Given> {
  const { answer, handles } = toAnswering(
    'createHandoffListener',
    options as unknown as ServingOptions,
  );
  const listener = (req: Given, res: ServerResponse): void => {
    answer(fromNode(req, res))
      .then((reply) => sendReply(res, reply))
      // The connection broke, and with it what could be said.
      .catch(() => res.destroy());
  };
  return Object.assign(listener, {
    handles: (url: string): boolean => {
      const end = url.indexOf('?');
      return handles(end < 0 ? url : url.slice(0, end));
    },
  });
}
