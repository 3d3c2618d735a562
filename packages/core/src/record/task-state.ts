import { type HandoffRecord, isEnd } from './handoff-record.ts';

/** One handoff of a task, as its records tell it. */
export interface HandoffState {
  readonly requested: HandoffRecord;
  /** The newest claim. */
  readonly accepted?: HandoffRecord;
  readonly newest: HandoffRecord;
  readonly end?: HandoffRecord;
}

/** A task, as its log tells it: nothing about it is kept anywhere else. */
export interface TaskState {
  /** The newest record; undefined for a task that doesn't exist yet. */
  readonly head: HandoffRecord | undefined;
  /** By handoff id, in the order of their requests. */
  readonly handoffs: ReadonlyMap<string, HandoffState>;
}

/** Reads a log, oldest record first. Its cost is the log's length, which `maxHandoffs` bounds. */
export function foldTask(records: readonly HandoffRecord[]): TaskState {
  const handoffs = new Map<string, HandoffState>();
  for (const record of records) {
    const before = handoffs.get(record.handoffId) ?? { requested: record, newest: record };
    handoffs.set(record.handoffId, {
      ...before,
      newest: record,
      ...(record.type === 'accepted' ? { accepted: record } : {}),
      ...(isEnd(record) ? { end: record } : {}),
    });
  }
  return { head: records.at(-1), handoffs };
}

/** How often an agent has held the task: accepted handoffs to it, each counted once. */
export function visitsTo(target: string, { handoffs }: TaskState): number {
  let visits = 0;
  for (const { accepted } of handoffs.values()) if (accepted?.target === target) visits++;
  return visits;
}

/** The handoffs that were opened to continue this one. */
export function childrenOf(handoffId: string, records: readonly HandoffRecord[]): HandoffRecord[] {
  const own = new Set<string>();
  for (const record of records) if (record.handoffId === handoffId) own.add(record.digest);
  return records.filter(
    ({ type, seq, parents }) =>
      type === 'requested' && parents.slice(seq === 1 ? 0 : 1).some((digest) => own.has(digest)),
  );
}

/** True while a handoff of the task has not ended. */
export function hasOpenHandoff({ handoffs }: TaskState): boolean {
  for (const { end } of handoffs.values()) if (!end) return true;
  return false;
}
