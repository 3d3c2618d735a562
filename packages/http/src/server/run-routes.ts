import { HandoffError } from '@agent-handoff/core';
import type { Reply } from '../wire/reply.ts';
import { lastEventId, readUntilWaiting, streamHandoff } from './event-routes.ts';
import { eventStreamReply } from './event-stream.ts';
import { json } from './handoff-routes.ts';
import { LiveBuffer } from './live-buffer.ts';
import { permitHandoff } from './permit.ts';
import { findRun, isOver, type RunLog, readRunEntry } from './run-log.ts';
import type { Call, Serving } from './serving.ts';

/** `GET /runs/:id`: where a run stands, and who has the conversation. */
export async function readRun(serving: Serving, call: Call, runId: string): Promise<Reply> {
  return json(await readRunEntry(serving.manager, await permitRun(serving, call, 'read', runId)));
}

/** `GET /runs/:id/events`: what happens in the whole run, from `Last-Event-ID` on. */
export async function readRunEvents(serving: Serving, call: Call, runId: string): Promise<Reply> {
  const { request } = call;
  const { manager } = serving;
  const afterSeq = lastEventId(request);
  const untilWaiting = readUntilWaiting(request);
  const { taskId } = await permitRun(serving, call, 'read', runId);
  if (request.method === 'HEAD') return eventStreamReply(null);
  const live = new LiveBuffer(manager.events, taskId);
  try {
    // Read again: what is told from now on is in the buffer, what was told before is in the log.
    const log = await manager.store.readTask(taskId);
    const run = runOf(findRun(log, runId), runId);
    const activeAgentId = async (): Promise<string | undefined> => {
      const now = findRun(await manager.store.readTask(taskId), runId);
      return now && (await readRunEntry(manager, now))?.activeAgentId;
    };
    const isLast = isOver(manager, run, { untilWaiting });
    const streamed = { taskId, handoffId: runId, log, afterSeq, live, isLast, activeAgentId };
    return streamHandoff(serving, request, streamed);
  } catch (thrown) {
    live.close();
    throw thrown;
  }
}

/** `POST /runs/:id/cancel`: ends a run, whichever of its agents works or waits; one that has ended stays. */
export async function cancelRun(serving: Serving, call: Call, runId: string): Promise<Reply> {
  const { manager, clock } = serving;
  let run = await permitRun(serving, call, 'cancel', runId);
  const controller = new AbortController();
  const disarm = clock.schedule(serving.maxWaitMs, () => controller.abort());
  const over = isOver(manager, run, { untilWaiting: false });
  try {
    // From the log's beginning: a step may end, and the next begin, while this is read.
    for await (const record of manager.store.watch(run.taskId, 0, controller)) {
      if (await over(record)) break;
      if (record.runDigest !== run.runDigest) continue;
      const { status } = await manager.cancel(record.handoffId);
      if (status === 'cancelled') break;
    }
  } finally {
    disarm();
    controller.abort();
  }
  run = await permitRun(serving, call, 'cancel', runId);
  return json(await readRunEntry(manager, run));
}

async function permitRun(
  serving: Serving,
  call: Call,
  action: 'read' | 'cancel',
  runId: string,
): Promise<RunLog> {
  const { log } = await permitHandoff(serving, call, action, runId);
  return runOf(findRun(log, runId), runId);
}

/** @throws HandoffError `HANDOFF_NOT_FOUND` for a handoff that begins no run. */
function runOf(run: RunLog | undefined, runId: string): RunLog {
  if (run) return run;
  throw new HandoffError(
    'HANDOFF_NOT_FOUND',
    `There is no run ${JSON.stringify(runId)} here for this caller.`,
    { details: { runId } },
  );
}
