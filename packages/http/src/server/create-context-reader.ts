import { type HandoffContext, type RequestOptions, systemClock } from '@agent-handoff/core';
import { contextMediaType } from '../wire/media-type.ts';
import { failureResponse } from './failure-response.ts';
import type { AuthorizeRequest, Caller, HandoffHandlerOptions } from './handler-options.ts';
import { identify } from './identify.ts';
import { boundsOf, grantScope } from './permission-bounds.ts';
import { askForWork } from './permit.ts';
import { readJsonBody } from './read-json-body.ts';
import { receiveContext } from './received-context.ts';
import { readIdempotencyKey, readTraceparent } from './request-headers.ts';
import { bodyDefaults, logError } from './serving.ts';

/** What `createContextReader` takes: of the handler's options those that are about a request. */
export type ContextReaderOptions<Who extends Caller = Caller> = Pick<
  HandoffHandlerOptions<Who>,
  | 'authenticate'
  | 'authorize'
  | 'bodyTimeoutMs'
  | 'challenge'
  | 'clock'
  | 'limits'
  | 'maxBodyBytes'
  | 'onError'
>;

/** A context that came in, checked and permitted, for a handler of the application's own. */
export interface ReceivedHandoff<Who extends Caller = Caller> {
  /**
   * A task of its own, under ids that derive from the caller and the sender's handoff or
   * `Idempotency-Key`; the sender's own ids are in its metadata, under `handoff.sender`.
   */
  readonly context: HandoffContext;
  readonly caller: Who;
  /** What `manager.executeHandoff(context, options)` must be told of it. */
  readonly options: RequestOptions;
}

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
  const { authenticate, clock = systemClock, challenge = 'Bearer', limits } = options;
  const authorize = options.authorize as ((request: AuthorizeRequest) => never) | undefined;
  const onError = options.onError ?? logError;
  const body = { ...bodyDefaults(options), clock, mediaTypes: [contextMediaType] };
  return async (request) => {
    try {
      const caller = await identify(authenticate, request);
      const idempotencyKey = readIdempotencyKey(request);
      const { value } = await readJsonBody(request, body);
      const sender = { managerName: '', principal: caller.id, idempotencyKey };
      const context = await receiveContext(value, sender);
      const call = { request, caller };
      const permission = await askForWork(authorize, call, context.targetAgentId);
      const traceparent = context.traceparent ?? readTraceparent(request);
      return {
        context: {
          ...context,
          scope: grantScope(context.scope, permission),
          ...(traceparent === undefined ? {} : { traceparent }),
        },
        caller,
        options: { ...boundsOf(permission, limits), principal: caller.id },
      };
    } catch (thrown) {
      return failureResponse(thrown, { challenge, onError: (error) => onError(error, request) });
    }
  };
}
