import { type Amounts, difference, exactCost, noAmounts } from '../policy/ledger.ts';
import { type HandoffRecord, isEnd, isTaskRecord } from './handoff-record.ts';

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
  /** The log itself, oldest first. */
  readonly records: readonly HandoffRecord[];
  /** The newest record; undefined for a task that doesn't exist yet. */
  readonly head: HandoffRecord | undefined;
  /** By handoff id, in the order of their requests. */
  readonly handoffs: ReadonlyMap<string, HandoffState>;
}

/** Reads a log, oldest record first. Its cost is the log's length, which `maxHandoffs` bounds. */
export function foldTask(records: readonly HandoffRecord[]): TaskState {
  const handoffs = new Map<string, HandoffState>();
  for (const record of records) {
    if (isTaskRecord(record)) continue;
    const before = handoffs.get(record.handoffId) ?? { requested: record, newest: record };
    handoffs.set(record.handoffId, {
      ...before,
      newest: record,
      ...(record.type === 'accepted' ? { accepted: record } : {}),
      ...(isEnd(record) ? { end: record } : {}),
    });
  }
  return { records, head: records.at(-1), handoffs };
}

/** The run of several handoffs that a handoff was requested, or begun, as a step of. */
export function runDigestOf(
  records: readonly HandoffRecord[],
  handoffId: string,
): string | undefined {
  const isOfRun = (record: HandoffRecord): boolean =>
    record.handoffId === handoffId && record.runDigest !== undefined;
  return records.find(isOfRun)?.runDigest;
}

/** How often an agent has held the task: accepted handoffs to it, each counted once. */
export function visitsTo(target: string, { handoffs }: TaskState): number {
  let visits = 0;
  for (const { accepted } of handoffs.values()) if (accepted?.target === target) visits++;
  return visits;
}

/** What each agent's handoffs have spent of the task's balance, or hold while they run. */
export function takenBy(
  amount: keyof Amounts,
  { records }: TaskState,
): Readonly<Record<string, number>> {
  const taken: Record<string, number> = {};
  let before = 0;
  for (const { target, ledger } of records) {
    const sum = ledger.used[amount] + ledger.reserved[amount];
    const more = sum - before;
    if (more !== 0) taken[target] = exactCost((taken[target] ?? 0) + more);
    before = sum;
  }
  return taken;
}

/** The handoffs that were opened to continue this one. */
export function childrenOf(handoffId: string, { records, handoffs }: TaskState): HandoffState[] {
  const own = new Set<string>();
  for (const record of records) if (record.handoffId === handoffId) own.add(record.digest);
  // The first parent is only the record before it in the log.
  return [...handoffs.values()].filter(({ requested }) =>
    requested.parents.slice(1).some((digest) => own.has(digest)),
  );
}

/** The handoffs that were opened under this one, or under one of those, in the order of their requests. */
export function descendantsOf(handoffId: string, task: TaskState): HandoffState[] {
  const found = new Map<string, HandoffState>();
  const visit = (id: string): void => {
    for (const child of childrenOf(id, task)) {
      const { handoffId: childId } = child.requested;
      if (found.has(childId)) continue;
      found.set(childId, child);
      visit(childId);
    }
  };
  visit(handoffId);
  return [...task.handoffs.values()].filter((one) => found.has(one.requested.handoffId));
}

/** What a handoff's acceptance set aside, and its end gives back; nothing where it wasn't accepted. */
export function grantOf(handoffId: string, { records }: TaskState): Amounts {
  const at = records.findIndex(
    ({ handoffId: id, type }) => id === handoffId && type === 'accepted',
  );
  const before = records[at - 1];
  const accepted = records[at];
  return before && accepted
    ? difference(accepted.ledger.reserved, before.ledger.reserved)
    : noAmounts;
}

/** True while a handoff of the task has not ended. */
export function hasOpenHandoff({ handoffs }: TaskState): boolean {
  for (const { end } of handoffs.values()) if (!end) return true;
  return false;
}
