import { type HandoffEntry, HandoffError } from '@agent-handoff/core';
import { jsonReply, type Reply } from '../wire/reply.ts';
import { permitHandoff } from './permit.ts';
import type { Call, Serving } from './serving.ts';
import { callersThreadId } from './thread-id.ts';

/** `GET /handoffs/:id`: where a handoff stands. */
export async function readHandoff(serving: Serving, call: Call, handoffId: string): Promise<Reply> {
  await permitHandoff(serving, call, 'read', handoffId);
  const entry = await serving.manager.get(handoffId);
  return json(entry && toEntry(entry));
}

/** `POST /handoffs/:id/cancel`: ends a handoff as cancelled, unless it has ended. */
export async function cancelHandoff(
  serving: Serving,
  call: Call,
  handoffId: string,
): Promise<Reply> {
  await permitHandoff(serving, call, 'cancel', handoffId);
  return json(toEntry(await serving.manager.cancel(handoffId)));
}

/** `GET /handoffs/:id/custody`: the records and the bodies of the task, to be verified elsewhere. */
export async function readCustody(serving: Serving, call: Call, handoffId: string): Promise<Reply> {
  const { taskId, log } = await permitHandoff(serving, call, 'custody', handoffId);
  const digests = new Set<string>();
  for (const { contextDigest, outcomeDigest, runDigest } of log) {
    for (const digest of [contextDigest, outcomeDigest, runDigest]) {
      if (digest !== undefined) digests.add(digest);
    }
  }
  const bodies = await serving.manager.store.readBodies(taskId, [...digests]);
  return json({
    taskId,
    head: log.at(-1)?.digest,
    records: log,
    // One that was erased is not there; its digest stays in the records.
    bodies: bodies.filter((body) => body !== undefined),
  });
}

/** An entry as callers see it: a conversation under the id that they gave it. */
export function toEntry(entry: HandoffEntry): HandoffEntry {
  const { threadId } = entry;
  return threadId === undefined ? entry : { ...entry, threadId: callersThreadId(threadId) };
}

/** An answer in JSON that nobody on the way keeps. */
export function json(
  value: object | undefined,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  if (value === undefined) {
    throw new HandoffError(
      'HANDOFF_NOT_FOUND',
      'The handoff was dropped from the store meanwhile.',
    );
  }
  return jsonReply(value, status, { ...headers, 'content-type': 'application/json' });
}
