import { HttpProblem } from '../wire/problem.ts';
import { readEvents } from './event-routes.ts';
import { failureResponse } from './failure-response.ts';
import type { Caller, HandoffHandler, HandoffHandlerOptions } from './handler-options.ts';
import { cancelHandoff, readCustody, readHandoff } from './handoff-routes.ts';
import { identify } from './identify.ts';
import { listPending } from './pending-route.ts';
import { resumeHandoff } from './resume-route.ts';
import { type Answers, type Route, toRoutes } from './route.ts';
import { submitRun } from './run-route.ts';
import { cancelRun, readRun, readRunEvents } from './run-routes.ts';
import { basePathOf, type Call, toServing } from './serving.ts';
import { submitHandoff } from './submit-route.ts';
import { deleteThread, readThread } from './thread-routes.ts';

const routes = toRoutes({
  '/handoffs': { POST: submitHandoff },
  '/handoffs/:id': { GET: readHandoff },
  '/handoffs/:id/cancel': { POST: cancelHandoff },
  '/handoffs/:id/custody': { GET: readCustody },
  '/handoffs/:id/events': { GET: readEvents },
  '/handoffs/:id/resume': { POST: resumeHandoff },
  '/pending': { GET: listPending },
  '/runs': { POST: submitRun },
  '/runs/:id': { GET: readRun },
  '/runs/:id/cancel': { POST: cancelRun },
  '/runs/:id/events': { GET: readRunEvents },
  '/threads/:id': { GET: readThread, DELETE: deleteThread },
});

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
  const serving = toServing(options as unknown as HandoffHandlerOptions);
  const { authenticate, challenge = 'Bearer' } = options;
  const basePath = basePathOf(options);

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : undefined;
    const found = path === undefined ? undefined : match(path);
    if (found === undefined) throw new HttpProblem(404, 'There is nothing here.');
    const { route, id } = found;
    const { allow } = route;
    if (request.method === 'OPTIONS')
      return new Response(null, { status: 204, headers: { allow } });
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const respond = Object.hasOwn(route.answers, method)
      ? route.answers[method as keyof Answers]
      : undefined;
    if (respond === undefined) {
      throw new HttpProblem(405, `${request.method} is not for this address: use ${allow}.`, {
        allow,
      });
    }
    const caller = await identify(authenticate, request);
    const call: Call = { request, caller };
    return respond(serving, call, id);
  };

  const handler = async (request: Request): Promise<Response> => {
    let response: Response;
    try {
      response = await answer(request);
    } catch (thrown) {
      response = failureResponse(thrown, {
        challenge,
        onError: (error) => serving.onError(error, request),
      });
    }
    if (request.method !== 'HEAD' || response.body === null) return response;
    const { status, headers } = response;
    return new Response(null, { status, headers });
  };
  const handles = (url: string): boolean => {
    if (!URL.canParse(url, 'http://localhost')) return false;
    const { pathname } = new URL(url, 'http://localhost');
    return pathname.startsWith(basePath) && match(pathname.slice(basePath.length)) !== undefined;
  };
  return Object.assign(handler, { handles });
}

function match(path: string): { readonly route: Route; readonly id: string } | undefined {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    if (found) return { route, id: found[1] ?? '' };
  }
  return undefined;
}
