import type {
  ExecuteOptions,
  HandoffAgent,
  HandoffContext,
  HandoffInput,
  Json,
} from '@agent-handoff/core';
import { contextMediaType } from '../wire/media-type.ts';
import { parseHandoffRequest } from './handoff-request.ts';
import { boundsOf, grantScope } from './permission-bounds.ts';
import { permitCreate } from './permit.ts';
import { readJsonBody } from './read-json-body.ts';
import { receiveContext } from './received-context.ts';
import {
  readIdempotencyKey,
  readOnlyIfKnown,
  readTimeoutMs,
  readTraceparent,
  unmet,
} from './request-headers.ts';
import type { Call, Serving } from './serving.ts';

/** Work that came in: read, checked and permitted. */
export type Incoming = {
  readonly options: ExecuteOptions;
} & (
  | { readonly context: HandoffContext; readonly input?: undefined }
  | { readonly context?: undefined; readonly input: HandoffInput<HandoffAgent> }
);

/** The work in a request, as a context of its own or in a caller's words. */
export async function readIncoming(serving: Serving, call: Call): Promise<Incoming> {
  const { request, caller } = call;
  const idempotencyKey = readIdempotencyKey(request);
  const timeoutMs = readTimeoutMs(request);
  const { mediaType, value } = await readJsonBody(request, {
    ...serving.body,
    mediaTypes: ['application/json', contextMediaType],
  });
  const read = mediaType === contextMediaType ? readContext : readRequest;
  const { options, ...incoming } = await read(serving, call, value, idempotencyKey);
  return {
    ...incoming,
    options: {
      ...options,
      principal: caller.id,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  } as Incoming;
}

async function readContext(
  serving: Serving,
  call: Call,
  body: Json,
  idempotencyKey: string | undefined,
): Promise<Incoming> {
  const { manager, limits } = serving;
  const sender = { managerName: manager.name, principal: call.caller.id, idempotencyKey };
  const context = await receiveContext(body, sender);
  const permission = await permitCreate(serving, call, context.targetAgentId);
  const isKnown = async () => (await manager.store.findTask(context.handoffId)) !== undefined;
  if (readOnlyIfKnown(call.request) && !(await isKnown())) throw unmet();
  const traceparent = context.traceparent ?? readTraceparent(call.request);
  return {
    context: {
      ...context,
      scope: grantScope(context.scope, permission),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    options: boundsOf(permission, limits),
  };
}

async function readRequest(
  serving: Serving,
  call: Call,
  body: Json,
  idempotencyKey: string | undefined,
): Promise<Incoming> {
  const { limits, ...asked } = parseHandoffRequest(body);
  // Only a context says which handoff it is.
  if (readOnlyIfKnown(call.request)) throw unmet();
  const permission = await permitCreate(serving, call, asked.target, asked.parent);
  const traceparent = asked.traceparent ?? readTraceparent(call.request);
  const scope = grantScope(asked.scope ?? ['*'], permission);
  return {
    input: {
      ...asked,
      // Without one a handoff has its parent's.
      ...(asked.scope === undefined && scope.includes('*') ? {} : { scope }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    options: {
      ...boundsOf(permission, limits, serving.limits),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    },
  };
}
