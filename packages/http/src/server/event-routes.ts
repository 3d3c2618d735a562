import type { HandoffRecord } from '@agent-handoff/core';
import { HttpProblem } from '../wire/problem.ts';
import type { WireEvent } from '../wire/wire-event.ts';
import { eventStreamHeaders, toEventStream } from './event-stream.ts';
import { followHandoff } from './follow-handoff.ts';
import { LiveBuffer } from './live-buffer.ts';
import { permitHandoff } from './permit.ts';
import type { Call, Serving } from './serving.ts';

/** `GET /handoffs/:id/events`: what happens to a handoff, from `Last-Event-ID` on. */
export async function readEvents(
  serving: Serving,
  call: Call,
  handoffId: string,
): Promise<Response> {
  const afterSeq = lastEventId(call.request);
  const { taskId } = await permitHandoff(serving, call, 'read', handoffId);
  const { request } = call;
  if (request.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders });
  const { store, events } = serving.manager;
  const live = new LiveBuffer(events, taskId);
  try {
    // Read again: what is told from now on is in the buffer, what was told before is in the log.
    const log = await store.readTask(taskId);
    const stream = { taskId, handoffId, log, afterSeq, live, untilWaiting: false };
    return streamHandoff(serving, request, stream);
  } catch (thrown) {
    live.close();
    throw thrown;
  }
}

/** A handoff to stream. */
export interface StreamedHandoff {
  readonly taskId: string;
  readonly handoffId: string;
  readonly log: readonly HandoffRecord[];
  readonly afterSeq: number | undefined;
  readonly live: LiveBuffer;
  readonly untilWaiting: boolean;
}

/** The answer that streams a handoff's events and, last, its result. */
export function streamHandoff(
  serving: Serving,
  request: Request,
  streamed: StreamedHandoff,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const controller = new AbortController();
  const { clock, heartbeatMs, onError } = serving;
  const body = toEventStream({
    events: withResult(serving, streamed, controller.signal),
    cancel: () => controller.abort(),
    onError: (error) => onError(error, request),
    heartbeatMs,
    clock,
  });
  return new Response(body, { headers: { ...headers, ...eventStreamHeaders } });
}

async function* withResult(
  { manager }: Serving,
  streamed: StreamedHandoff,
  signal: AbortSignal,
): AsyncGenerator<WireEvent, void, undefined> {
  const { taskId, handoffId } = streamed;
  const last = yield* followHandoff({ ...streamed, store: manager.store, signal });
  const result = last && (await manager.get(handoffId))?.result;
  if (last && result) {
    yield { type: 'result', taskId, handoffId, result, custodyHead: last.digest };
  }
}

function lastEventId({ headers }: Request): number | undefined {
  const header = headers.get('last-event-id');
  if (header === null || header === '') return undefined;
  const seq = Number(header);
  if (/^\d{1,15}$/.test(header) && Number.isSafeInteger(seq)) return seq;
  throw new HttpProblem(400, 'Last-Event-ID is no id that this server gave: leave it out.');
}
