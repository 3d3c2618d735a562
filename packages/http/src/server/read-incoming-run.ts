import type { ExecuteOptions, HandoffAgent, RunInput } from '@agent-handoff/core';
import { parseRunRequest } from './handoff-request.ts';
import { boundsOf, grantScope } from './permission-bounds.ts';
import { permitCreate } from './permit.ts';
import { readJsonBody } from './read-json-body.ts';
import { readIdempotencyKey, readTimeoutMs, readTraceparent } from './request-headers.ts';
import type { Call, Serving } from './serving.ts';
import { storedThreadId } from './thread-id.ts';

/** A run that came in: read, checked and permitted. */
export interface IncomingRun {
  readonly input: RunInput<HandoffAgent>;
  readonly options: ExecuteOptions;
}

/** The run in a request. Permitted is the agent that gets it: in a conversation, whoever is active. */
export async function readIncomingRun(serving: Serving, call: Call): Promise<IncomingRun> {
  const { request, caller } = call;
  const { manager } = serving;
  const idempotencyKey = readIdempotencyKey(request);
  const timeoutMs = readTimeoutMs(request);
  const { value } = await readJsonBody(request, {
    ...serving.body,
    mediaTypes: ['application/json'],
  });
  const { limits, threadId: given, ...asked } = parseRunRequest(value);
  const owner = { managerName: manager.name, principal: caller.id };
  const threadId = given === undefined ? undefined : await storedThreadId(owner, given);
  const thread = threadId === undefined ? undefined : await manager.getThread(threadId);
  const target = thread?.activeAgentId ?? asked.entry;
  const permission = await permitCreate(serving, call, target, asked.parent);
  const traceparent = asked.traceparent ?? readTraceparent(request);
  const scope = grantScope(asked.scope ?? ['*'], permission);
  return {
    input: {
      ...asked,
      ...(asked.scope === undefined && scope.includes('*') ? {} : { scope }),
      ...(threadId === undefined ? {} : { threadId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    options: {
      ...boundsOf(permission, limits, serving.limits),
      principal: caller.id,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  };
}
