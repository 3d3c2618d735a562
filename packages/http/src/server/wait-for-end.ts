import type { Clock, HandoffRecord, HandoffStore } from '@agent-handoff/core';
import { isEnd } from '@agent-handoff/core/store';

/** How long to wait, and for what. */
export interface WaitInput {
  readonly store: HandoffStore;
  readonly taskId: string;
  readonly handoffId: string;
  /** The newest record that is no news; default 0. */
  readonly afterSeq?: number;
  readonly waitMs: number;
  readonly clock: Clock;
  /** Aborted: nobody waits any more. */
  readonly signal: AbortSignal;
}

/** The record that ends a handoff, or says that it waits for a decision; undefined where none came in time. */
export async function waitForEnd(input: WaitInput): Promise<HandoffRecord | undefined> {
  const { store, taskId, handoffId, waitMs, clock, signal, afterSeq = 0 } = input;
  const controller = new AbortController();
  const giveUp = (): void => controller.abort();
  const disarm = clock.schedule(waitMs, giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    for await (const record of store.watch(taskId, afterSeq, controller)) {
      if (record.handoffId !== handoffId) continue;
      if (isEnd(record) || record.type === 'approval-requested') return record;
    }
    return undefined;
  } finally {
    disarm();
    signal.removeEventListener('abort', giveUp);
    giveUp();
  }
}
