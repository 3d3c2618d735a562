import {
  HandoffError,
  type HandoffErrorJson,
  type HandoffResult,
  type SubmittedHandoff,
} from '@agent-handoff/core';
import { accepts } from '../wire/media-type.ts';
import { HttpProblem, problemReply, toProblem } from '../wire/problem.ts';
import type { Reply } from '../wire/reply.ts';
import { eventStreamType } from '../wire/wire-event.ts';
import { lastOf, streamHandoff } from './event-routes.ts';
import { json } from './handoff-routes.ts';
import { LiveBuffer } from './live-buffer.ts';
import { type Incoming, readIncoming } from './read-incoming.ts';
import { readWaitMs } from './request-headers.ts';
import type { ServedRequest } from './served-request.ts';
import type { Call, Serving } from './serving.ts';
import { waitForEnd } from './wait-for-end.ts';
import { within } from './within.ts';

/** Longer than any platform waits. */
const aDayMs = 86_400_000;

/**
 * `POST /handoffs`: takes work on. Answers 202 at once; with `Prefer: wait` 200 and the result, if it
 * comes in time; with `Accept: text/event-stream` the events as they come.
 */
export async function submitHandoff(serving: Serving, call: Call): Promise<Reply> {
  const { request } = call;
  const incoming = await readIncoming(serving, call);
  if (accepts(request.headers.get('accept'), eventStreamType)) {
    return stream(serving, request, incoming);
  }
  const waitMs = readWaitMs(request, serving.maxWaitMs);
  if (waitMs > 0) return execute(serving, request, incoming, waitMs);
  const submitted = await submit(serving, request, incoming);
  return submitted.status === 'requested' ? running(serving, submitted) : refused(submitted);
}

/** Answers with the result, or when the wait is over with where to look for it. */
async function execute(
  serving: Serving,
  request: ServedRequest,
  { context, input, options: given }: Incoming,
  waitMs: number,
): Promise<Reply> {
  const { manager, clock } = serving;
  let handoffId = '';
  const onHandoffId = (id: string): void => {
    handoffId = id;
  };
  const options = { ...given, onHandoffId };
  const working =
    context === undefined
      ? manager.executeHandoff(input, options)
      : manager.executeHandoff(context, options);
  const result = await within(clock, waitMs, working);
  if (result === undefined) {
    working.catch((thrown) => serving.onError(thrown, request));
    serving.keep(() => working, request);
    const taskId = await manager.store.findTask(handoffId);
    // Not even recorded yet: there is nowhere to look.
    if (taskId === undefined)
      throw new HttpProblem(503, 'The server is too busy: ask again later.');
    return running(serving, { taskId, handoffId });
  }
  const headers = { location: locationOf(serving, result.handoffId) };
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
async function stream(
  serving: Serving,
  request: ServedRequest,
  incoming: Incoming,
): Promise<Reply> {
  const { manager } = serving;
  const { options } = incoming;
  const context = incoming.context ?? (await manager.createHandoff(incoming.input, options));
  const { taskId, handoffId } = context;
  const live = new LiveBuffer(manager.events, taskId);
  let submitted: SubmittedHandoff | Refusal;
  try {
    // What was recorded before is in the log; what comes from now on is watched.
    const log = await manager.store.readTask(taskId);
    submitted = await submit(serving, request, { context, options });
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

async function submit(
  { manager, clock, keep }: Serving,
  request: ServedRequest,
  { context, input, options }: Incoming,
): Promise<SubmittedHandoff | Refusal> {
  const submitted =
    context === undefined
      ? await manager.submitHandoff(input, options)
      : await manager.submitHandoff(context, options);
  const { taskId, handoffId } = submitted;
  if (submitted.status === 'requested') {
    const { signal } = new AbortController();
    const { store } = manager;
    const wait = { store, clock, signal, taskId, handoffId, waitMs: aDayMs };
    keep(() => waitForEnd(wait), request);
  }
  return submitted;
}

function running(
  serving: Serving,
  { taskId, handoffId }: Pick<SubmittedHandoff, 'taskId' | 'handoffId'>,
): Reply {
  const headers = { location: locationOf(serving, handoffId) };
  return json({ taskId, handoffId, status: 'running' }, 202, headers);
}

/** A handoff that didn't complete is an answer that says so. */
export function refused(
  { taskId, handoffId, error }: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const { code, message, details, retryable } = error;
  const thrown = new HandoffError(code, message, { details, retryable });
  return problemReply(toProblem(thrown, { taskId, handoffId }), headers);
}

function locationOf(serving: Serving, handoffId: string): string {
  return serving.toUrl(`/handoffs/${handoffId}`);
}
