import type { RecordedEvent } from '../events/handoff-event.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';

/** What a record tells a watcher. */
export function toRecordedEvent(record: HandoffRecord): RecordedEvent {
  const { type, taskId, handoffId, seq, source, target, reason, at, attempt, errorCode } = record;
  return {
    type,
    taskId,
    handoffId,
    seq,
    sourceAgentId: source,
    targetAgentId: target,
    reason,
    at,
    ...(attempt === undefined ? {} : { attempt }),
    ...(errorCode === undefined ? {} : { errorCode }),
  };
}
