import type { HandoffRecord } from '@agent-handoff/core';
import { isEnd } from '@agent-handoff/core/store';
import { HttpProblem } from '../wire/problem.ts';
import type { Reply } from '../wire/reply.ts';
import type { WireEvent } from '../wire/wire-event.ts';
import { eventStreamReply, toEventStream } from './event-stream.ts';
import { type FollowInput, followHandoff } from './follow-handoff.ts';
import { LiveBuffer } from './live-buffer.ts';
import { permitHandoff } from './permit.ts';
import { queryParameter, type ServedRequest } from './served-request.ts';
import type { Call, Serving } from './serving.ts';

/** `GET /handoffs/:id/events`: what happens to a handoff, from `Last-Event-ID` on. */
export async function readEvents(serving: Serving, call: Call, handoffId: string): Promise<Reply> {
  const { request } = call;
  const afterSeq = lastEventId(request);
  const untilWaiting = readUntilWaiting(request);
  const { taskId } = await permitHandoff(serving, call, 'read', handoffId);
  if (request.method === 'HEAD') return eventStreamReply(null);
  const { store, events } = serving.manager;
  const live = new LiveBuffer(events, taskId);
  try {
    // Read again: what is told from now on is in the buffer, what was told before is in the log.
    const log = await store.readTask(taskId);
    const isLast = lastOf(handoffId, untilWaiting);
    const stream = { taskId, handoffId, log, afterSeq, live, isLast };
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
  readonly isLast: FollowInput['isLast'];
  /** Of a run: who has the conversation at its end. */
  readonly activeAgentId?: () => Promise<string | undefined>;
}

/** The record that ends a handoff, or with `untilWaiting` says that it waits for a decision. */
export function lastOf(
  handoffId: string,
  untilWaiting: boolean,
): (record: HandoffRecord) => boolean {
  return (record) =>
    record.handoffId === handoffId &&
    (isEnd(record) || (untilWaiting && record.type === 'approval-requested'));
}

/** The answer that streams a handoff's events and, last, its result. */
export function streamHandoff(
  serving: Serving,
  request: ServedRequest,
  streamed: StreamedHandoff,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const controller = new AbortController();
  const { clock, heartbeatMs, onError } = serving;
  const body = toEventStream({
    events: withResult(serving, streamed, controller.signal),
    cancel: () => controller.abort(),
    onError: (error) => onError(error, request),
    heartbeatMs,
    clock,
  });
  return eventStreamReply(body, headers);
}

async function* withResult(
  { manager }: Serving,
  streamed: StreamedHandoff,
  signal: AbortSignal,
): AsyncGenerator<WireEvent, void, undefined> {
  const { taskId, activeAgentId } = streamed;
  const last = yield* followHandoff({ ...streamed, store: manager.store, signal });
  if (last === undefined) return;
  const { handoffId } = last;
  const result = (await manager.get(handoffId))?.result;
  if (result === undefined) return;
  const active = await activeAgentId?.();
  yield {
    type: 'result',
    taskId,
    handoffId,
    result,
    ...(active === undefined ? {} : { activeAgentId: active }),
    used: last.ledger.used,
    custodyHead: last.digest,
  };
}

/** `until=waiting` in the address: the stream ends where a decision is waited for, too. */
export function readUntilWaiting(request: ServedRequest): boolean {
  const until = queryParameter(request, 'until');
  if (until === null || until === 'waiting') return until !== null;
  throw new HttpProblem(400, 'until is not "waiting": leave it out to follow to the end.');
}

/** The record that the reader knows already; undefined for one who begins. */
export function lastEventId({ headers }: ServedRequest): number | undefined {
  const header = headers.get('last-event-id');
  if (header === null || header === '') return undefined;
  const seq = Number(header);
  if (/^\d{1,15}$/.test(header) && Number.isSafeInteger(seq)) return seq;
  throw new HttpProblem(400, 'Last-Event-ID is no id that this server gave: leave it out.');
}
