import { HandoffError } from '../errors/handoff-error.ts';
import { type HandoffRecord, isEnd } from '../record/handoff-record.ts';
import type { Line } from './line.ts';

/** How long an agent runs, in milliseconds, before this process looks what others do; most end before. */
const watchAfterMs = 1_000;

/**
 * Stops an agent whose handoff has been ended elsewhere: cancelled by another process, or taken over
 * after its lease. Nobody would get its answer any more. Returns what ends the watch.
 */
export function stopWhenEnded(
  { clock, store }: Pick<Line, 'clock' | 'store'>,
  { taskId, handoffId, seq }: HandoffRecord,
  stop: (error: HandoffError) => void,
): () => void {
  let controller: AbortController | undefined;
  const watch = async ({ signal }: AbortController): Promise<void> => {
    try {
      for await (const record of store.watch(taskId, seq, { signal })) {
        if (record.handoffId !== handoffId || !isEnd(record)) continue;
        stop(endedElsewhere(record));
        return;
      }
    } catch {
      // Without a watch the end is found when the agent's own is to be recorded.
    }
  };
  const disarm = clock.schedule(watchAfterMs, () => {
    controller = new AbortController();
    void watch(controller);
  });
  return () => {
    disarm();
    controller?.abort();
  };
}

function endedElsewhere({ handoffId, type, target }: HandoffRecord): HandoffError {
  return new HandoffError(
    'CANCELLED',
    `The handoff to "${target}" was ended elsewhere while its agent ran: its record says ${type}.`,
    { details: { handoffId } },
  );
}
