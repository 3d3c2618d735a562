import { type HandoffContext, type RequestOptions, systemClock } from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';
import { contextMediaType } from '../wire/media-type.ts';
import type { Reply } from '../wire/reply.ts';
import { failureReply } from './failure-reply.ts';
import type { Caller, HandoffHandlerOptions } from './handler-options.ts';
import { identify } from './identify.ts';
import { boundsOf, grantScope } from './permission-bounds.ts';
import { askForWork } from './permit.ts';
import { readJsonBody } from './read-json-body.ts';
import { receiveContext } from './received-context.ts';
import { readIdempotencyKey, readTraceparent } from './request-headers.ts';
import type { ServedRequest } from './served-request.ts';
import { bodyDefaults, logError, requireAuthenticate } from './serving.ts';

/** What `createContextReader` takes: of the handler's options those that are about a request. */
export type ContextReaderOptions<Who extends Caller = Caller, Given = Request> = Pick<
  HandoffHandlerOptions<Who, Given>,
  | 'authenticate'
  | 'authorize'
  | 'bodyTimeoutMs'
  | 'challenge'
  | 'clock'
  | 'limits'
  | 'maxBodyBytes'
  | 'onError'
>;

/** The names of {@link ContextReaderOptions}. */
export const readerOptions = {
  authenticate: true,
  authorize: true,
  bodyTimeoutMs: true,
  challenge: true,
  clock: true,
  limits: true,
  maxBodyBytes: true,
  onError: true,
} satisfies Record<keyof ContextReaderOptions, true>;

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
 * Reads the context out of a request, or gives the answer where there is none that could be accepted.
 *
 * @param taker whose options they are.
 * @throws HandoffError `INVALID_CONFIGURATION`, when it is made.
 */
export function handoffReceiver(
  taker: string,
  options: ContextReaderOptions<Caller, unknown>,
): (request: ServedRequest) => Promise<ReceivedHandoff | Reply> {
  checkOptions(taker, options, readerOptions);
  const { authenticate, authorize, clock = systemClock, challenge = 'Bearer', limits } = options;
  const { onError = logError } = options;
  requireAuthenticate(authenticate);
  const body = { ...bodyDefaults(options), clock, mediaTypes: [contextMediaType] };
  return async (request) => {
    try {
      const caller = await identify(authenticate, request);
      const idempotencyKey = readIdempotencyKey(request);
      const { value } = await readJsonBody(request, body);
      const sender = { managerName: '', principal: caller.id, idempotencyKey };
      const context = await receiveContext(value, sender);
      const permission = await askForWork(authorize, { request, caller }, context.targetAgentId);
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
      const tell = (error: unknown): void => onError(error, request.native);
      return failureReply(thrown, { challenge, onError: tell });
    }
  };
}
