import {
  HandoffError,
  type HandoffErrorJson,
  type HandoffResult,
  type SubmittedHandoff,
} from '@agent-handoff/core';
import { accepts } from '../wire/media-type.ts';
import { problemResponse, toProblem } from '../wire/problem.ts';
import { eventStreamType } from '../wire/wire-event.ts';
import { lastOf, streamHandoff } from './event-routes.ts';
import { json } from './handoff-routes.ts';
import { LiveBuffer } from './live-buffer.ts';
import { type Incoming, readIncoming } from './read-incoming.ts';
import { readWaitMs } from './request-headers.ts';
import type { Call, Serving } from './serving.ts';
import { waitForEnd } from './wait-for-end.ts';

/**
 * `POST /handoffs`: takes work on. Answers 202 at once; with `Prefer: wait` 200 and the result, if it
 * comes in time; with `Accept: text/event-stream` the events as they come.
 */
export async function submitHandoff(serving: Serving, call: Call): Promise<Response> {
  const { request } = call;
  const incoming = await readIncoming(serving, call);
  if (accepts(request.headers.get('accept'), eventStreamType)) {
    return stream(serving, request, incoming);
  }
  const submitted = await submit(serving, incoming);
  if (submitted.status !== 'requested') return refused(submitted);
  const { taskId, handoffId } = submitted;
  const result = await waitForResult(serving, request, submitted);
  const headers = { location: locationOf(serving, handoffId) };
  if (result === undefined) return json({ taskId, handoffId, status: 'running' }, 202, headers);
  if (result.status === 'awaiting-approval') return json(result, 202, headers);
  return result.success
    ? json(result, 200, { ...headers, 'preference-applied': 'wait' })
    : refused(result, headers);
}

/** A handoff that was not taken on, or didn't complete. */
interface Refusal {
  readonly status: Exclude<HandoffResult['status'], 'completed'>;
  readonly taskId: string;
  readonly handoffId: string;
  readonly error: HandoffErrorJson;
}

/** Followed before it begins: an agent streams only where somebody listens from the start. */
async function stream(serving: Serving, request: Request, incoming: Incoming): Promise<Response> {
  const { manager } = serving;
  const { options } = incoming;
  const context = incoming.context ?? (await manager.createHandoff(incoming.input, options));
  const { taskId, handoffId } = context;
  const live = new LiveBuffer(manager.events, taskId);
  let submitted: SubmittedHandoff | Refusal;
  try {
    // What was recorded before is in the log; what comes from now on is watched.
    const log = await manager.store.readTask(taskId);
    submitted = await submit(serving, { context, options });
    if (submitted.status === 'requested') {
      const isLast = lastOf(handoffId, true);
      const streamed = { taskId, handoffId, log, afterSeq: undefined, live, isLast };
      const headers = { location: locationOf(serving, handoffId) };
      return streamHandoff(serving, request, streamed, headers);
    }
  } catch (thrown) {
    live.close();
    throw thrown;
  }
  live.close();
  return refused(submitted);
}

function submit(
  { manager }: Serving,
  { context, input, options }: Incoming,
): Promise<SubmittedHandoff | Refusal> {
  return context === undefined
    ? manager.submitHandoff(input, options)
    : manager.submitHandoff(context, options);
}

async function waitForResult(
  { manager, clock, maxWaitMs }: Serving,
  request: Request,
  { taskId, handoffId }: SubmittedHandoff,
): Promise<HandoffResult | undefined> {
  const waitMs = readWaitMs(request, maxWaitMs);
  if (waitMs === 0) return undefined;
  const { store } = manager;
  const { signal } = request;
  const end = await waitForEnd({ store, taskId, handoffId, waitMs, clock, signal });
  return end && (await manager.get(handoffId))?.result;
}

/** A handoff that didn't complete is an answer that says so. */
export function refused(
  { taskId, handoffId, error }: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { code, message, details, retryable } = error;
  const thrown = new HandoffError(code, message, { details, retryable });
  return problemResponse(toProblem(thrown, { taskId, handoffId }), headers);
}

function locationOf(serving: Serving, handoffId: string): string {
  return serving.toUrl(`/handoffs/${handoffId}`);
}
