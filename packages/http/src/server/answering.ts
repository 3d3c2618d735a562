import { checkOptions } from '@agent-handoff/core/adapter';
import { HttpProblem } from '../wire/problem.ts';
import type { Reply } from '../wire/reply.ts';
import { readEvents } from './event-routes.ts';
import { failureReply } from './failure-reply.ts';
import { handlerOptions } from './handler-options.ts';
import { cancelHandoff, readCustody, readHandoff } from './handoff-routes.ts';
import { identify } from './identify.ts';
import { listPending } from './pending-route.ts';
import { resumeHandoff } from './resume-route.ts';
import { type Answers, type Route, toRoutes } from './route.ts';
import { submitRun } from './run-route.ts';
import { cancelRun, readRun, readRunEvents } from './run-routes.ts';
import { pathOf, type ServedRequest } from './served-request.ts';
import { basePathOf, type ServingOptions, toServing } from './serving.ts';
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

/** The routes, whichever kind of server they are behind. */
export interface Answering {
  /** Never rejects: what fails is an answer, too. */
  answer(request: ServedRequest): Promise<Reply>;
  /** Whether a path is one of them, be it with an id that is none. */
  handles(path: string): boolean;
}

/**
 * @param taker whose options they are.
 * @throws HandoffError `INVALID_CONFIGURATION`.
 */
export function toAnswering(taker: string, options: ServingOptions): Answering {
  checkOptions(taker, options, handlerOptions);
  const serving = toServing(options);
  const { authenticate, challenge = 'Bearer' } = options;
  const basePath = basePathOf(options);
  /** The path below the base; undefined for one elsewhere. */
  const below = (path: string): string | undefined =>
    path.startsWith(basePath) ? path.slice(basePath.length) : undefined;

  const answer = async (request: ServedRequest): Promise<Reply> => {
    const found = match(below(pathOf(request)));
    if (found === undefined) throw new HttpProblem(404, 'There is nothing here.');
    const { route, id } = found;
    const { allow } = route;
    if (request.method === 'OPTIONS') return { status: 204, headers: { allow }, body: null };
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
    return respond(serving, { request, caller }, id);
  };

  return {
    async answer(request) {
      try {
        return await answer(request);
      } catch (thrown) {
        const onError = (error: unknown): void => serving.onError(error, request);
        return failureReply(thrown, { challenge, onError });
      }
    },
    handles(path) {
      const own = below(path);
      return own !== undefined && routes.some(({ shape }) => shape.test(own));
    },
  };
}

interface Match {
  readonly route: Route;
  readonly id: string;
}

function match(path = ''): Match | undefined {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    if (found) return { route, id: found[1] ?? '' };
  }
  return undefined;
}
