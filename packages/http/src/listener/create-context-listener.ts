import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../server/handler-options.ts';
import {
  type ContextReaderOptions,
  handoffReceiver,
  type ReceivedHandoff,
} from '../server/handoff-receiver.ts';
import { fromNode } from './node-request.ts';
import { sendReply } from './send-reply.ts';

/**
 * Makes a function that reads the context out of a request of node:http, as `createContextReader` does
 * of a Fetch one. Resolves to undefined where it answered itself.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 *
 * @example
 * const read = createContextListener({ authenticate });
 * const received = await read(req, res);
 * if (received) res.end(JSON.stringify(await work(received.context)));
 */
export function createContextListener<
  Who extends Caller,
  Given extends IncomingMessage = IncomingMessage,
>(
  options: ContextReaderOptions<Who, Given>,
): (req: Given, res: ServerResponse) => Promise<ReceivedHandoff<Who> | undefined> {
  const receive = handoffReceiver(
    'createContextListener',
    options as unknown as ContextReaderOptions<Caller, unknown>,
  );
  return async (req, res) => {
    const received = await receive(fromNode(req, res));
    if ('context' in received) return received as ReceivedHandoff<Who>;
    await sendReply(res, received);
    return undefined;
  };
}
