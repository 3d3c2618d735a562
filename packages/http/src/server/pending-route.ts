import type { HandoffEntry } from '@agent-handoff/core';
import type { Reply } from '../wire/reply.ts';
import { json, toEntry } from './handoff-routes.ts';
import { mayDecide } from './permit.ts';
import type { Call, Serving } from './serving.ts';

/** `GET /pending`: the handoffs that wait and that the caller may decide about, oldest first. */
export async function listPending(serving: Serving, call: Call): Promise<Reply> {
  const handoffs: HandoffEntry[] = [];
  // Without it nobody decides, so nobody needs to know what there is.
  const pending = serving.authorize === undefined ? [] : await serving.manager.pending();
  for (const entry of pending) {
    if (await mayDecide(serving, call, entry.handoffId)) handoffs.push(toEntry(entry));
  }
  return json({ handoffs });
}
