import type { HandoffEvent, HandoffRecord, HandoffStream, RunResult } from '@agent-handoff/core';
import { accepts } from '../wire/media-type.ts';
import type { Reply } from '../wire/reply.ts';
import { eventStreamType, type WireEvent } from '../wire/wire-event.ts';
import { eventStreamReply, toEventStream } from './event-stream.ts';
import { json } from './handoff-routes.ts';
import { readIncomingRun } from './read-incoming-run.ts';
import { readWaitMs } from './request-headers.ts';
import { findRun, readRunEntry } from './run-log.ts';
import type { ServedRequest } from './served-request.ts';
import type { Call, Serving } from './serving.ts';
import { refused } from './submit-route.ts';
import { within } from './within.ts';

/**
 * `POST /runs`: a turn of a conversation, from agent to agent until one answers. Answers as
 * `POST /handoffs` does: 202 at once, with `Prefer: wait` 200 and the result, or the events of the whole
 * run as they come.
 */
export async function submitRun(serving: Serving, call: Call): Promise<Reply> {
  const { request } = call;
  const { input, options } = await readIncomingRun(serving, call);
  const stream = serving.manager.streamRun(input, options);
  stream.result.catch(() => {});
  serving.keep(() => stream.result, request);
  const events = stream[Symbol.asyncIterator]();
  const { taskId, handoffId: runId } = await stream.handoff;
  // It is recorded when the first event is there, or was refused without a record. A turn of a
  // conversation may have to wait for the one before it.
  const first = await within(serving.clock, serving.maxWaitMs, events.next());
  const headers = { location: serving.toUrl(`/runs/${runId}`) };
  if (first?.done === true) return refused(unfinished(await stream.result));
  if (accepts(request.headers.get('accept'), eventStreamType)) {
    return streamRun(serving, request, stream, headers);
  }
  const waitMs = readWaitMs(request, serving.maxWaitMs);
  const result = waitMs > 0 ? await within(serving.clock, waitMs, stream.result) : undefined;
  if (result && !result.success && result.status !== 'awaiting-approval') {
    return refused(unfinished(result), headers);
  }
  const run = findRun(await serving.manager.store.readTask(taskId), runId);
  const entry = run && (await readRunEntry(serving.manager, run));
  if (result?.success) return json(entry, 200, { ...headers, 'preference-applied': 'wait' });
  // The turn before goes on.
  const waiting = {
    taskId,
    runId,
    status: 'requested',
    activeAgentId: input.entry,
    handoffIds: [],
  };
  return json(entry ?? waiting, 202, headers);
}

/** A client that leaves ends the stream, not the run. */
function streamRun(
  { manager, onError, heartbeatMs, clock }: Serving,
  request: ServedRequest,
  stream: HandoffStream<unknown, RunResult>,
  headers: Readonly<Record<string, string>>,
): Reply {
  const events = withResult(stream, async (taskId) => {
    const log = await manager.store.readTask(taskId);
    return log.at(-1) as HandoffRecord;
  });
  const body = toEventStream({
    events,
    cancel: () => void events.return(undefined).catch(() => {}),
    onError: (error) => onError(error, request),
    heartbeatMs,
    clock,
  });
  return eventStreamReply(body, headers);
}

async function* withResult(
  stream: HandoffStream<unknown, RunResult>,
  headOf: (taskId: string) => Promise<HandoffRecord>,
): AsyncGenerator<WireEvent, void, undefined> {
  yield* stream as AsyncIterable<HandoffEvent>;
  const { steps: _, activeAgentId, ...result } = await stream.result;
  const { taskId, handoffId } = result;
  const { ledger, digest: custodyHead } = await headOf(taskId);
  const { used } = ledger;
  yield { type: 'result', taskId, handoffId, result, activeAgentId, used, custodyHead };
}

function unfinished(result: RunResult): Exclude<RunResult, { readonly success: true }> {
  return result as Exclude<RunResult, { readonly success: true }>;
}
