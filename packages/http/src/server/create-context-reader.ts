import { toResponse } from '../wire/reply.ts';
import { fromFetch } from './fetch-request.ts';
import type { Caller } from './handler-options.ts';
import {
  type ContextReaderOptions,
  handoffReceiver,
  type ReceivedHandoff,
} from './handoff-receiver.ts';

/**
 * Makes a function that reads the context out of a request, and answers itself where there is none
 * that could be accepted.
 *
 * @example
 * const read = createContextReader({ authenticate });
 * const received = await read(request);
 * if (received instanceof Response) return received;
 * return work(received.context);
 */
export function createContextReader<Who extends Caller>(
  options: ContextReaderOptions<Who>,
): (request: Request) => Promise<ReceivedHandoff<Who> | Response> {
  const receive = handoffReceiver(
    'createContextReader',
    options as unknown as ContextReaderOptions<Caller, unknown>,
  );
  return async (request) => {
    const received = await receive(fromFetch(request));
    return 'context' in received ? (received as ReceivedHandoff<Who>) : toResponse(received);
  };
}
