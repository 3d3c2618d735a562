import { toResponse } from '../wire/reply.ts';
import { toAnswering } from './answering.ts';
import { fromFetch } from './fetch-request.ts';
import type { Caller, HandoffHandler, HandoffHandlerOptions } from './handler-options.ts';
import type { ServingOptions } from './serving.ts';

/**
 * The manager's agents as routes of a Fetch handler, for whatever serves those: Express (with
 * `@agent-handoff/express-middleware`), Next, Hono, Deno, Workers.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 *
 * @example
 * const handler = createHandoffHandler({
 *   manager,
 *   publicUrl: 'https://api.example.com/agents',
 *   authenticate: async (request) => userOf(request.headers.get('authorization')),
 * });
 * const response = await handler(request);
 */
export function createHandoffHandler<Who extends Caller>(
  options: HandoffHandlerOptions<Who>,
): HandoffHandler {
  const { answer, handles } = toAnswering(
    'createHandoffHandler',
    options as unknown as ServingOptions,
  );
  const handler = async (request: Request): Promise<Response> => {
    const response = toResponse(await answer(fromFetch(request)));
    if (request.method !== 'HEAD' || response.body === null) return response;
    const { status, headers } = response;
    return new Response(null, { status, headers });
  };
  return Object.assign(handler, {
    handles: (url: string): boolean =>
      URL.canParse(url, 'http://localhost') && handles(new URL(url, 'http://localhost').pathname),
  });
}
