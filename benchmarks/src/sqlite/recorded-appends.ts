import { randomUUID } from 'node:crypto';
import { createHandoffManager, type HandoffStore, memoryStore } from '@agent-handoff/core';
import type { AppendOptions, HandoffRecord } from '@agent-handoff/core/store';
import { instantAgents } from '../contenders/instant-agents.ts';
import { scenario } from '../scenario.ts';

/** One call of `append`. */
export interface Append {
  readonly taskId: string;
  readonly expectedSeq: number;
  readonly records: readonly HandoffRecord[];
  readonly options: AppendOptions;
}

/**
 * What a manager appends for so many handoffs of one task: for each, three records in two appends with
 * a body each.
 *
 * @param said goes into the bodies.
 */
export async function recordAppends(handoffs: number, said = ''): Promise<readonly Append[]> {
  const appends: Append[] = [];
  const manager = createHandoffManager({
    agents: instantAgents(),
    store: recording(appends),
    limits: { maxHandoffs: handoffs, maxVisitsPerAgent: handoffs, maxTokens: 1_000 * handoffs },
  });
  const { triage, billing } = scenario;
  const task = `${scenario.task} ${said}`;
  const first = await manager.executeHandoff({ target: triage.id, task });
  for (let i = 1; i < handoffs; i++) {
    const next = await manager.executeHandoff({ target: billing.id, task, parent: first });
    if (next.status !== 'completed') throw new Error(JSON.stringify(next));
  }
  return appends;
}

/** The first so many records of these appends, as one. */
export function inOne(appends: readonly Append[], count: number): Append {
  const records = appends.flatMap((append) => append.records).slice(0, count);
  if (records.length < count) throw new Error(`${records.length} records, not ${count}`);
  const { taskId } = records[0] as HandoffRecord;
  const slots = appends.flatMap(({ options: { key, slots = [] } }) =>
    key === undefined ? slots : [key, ...slots],
  );
  const bodies = appends.flatMap(({ options }) => options.bodies ?? []);
  return { taskId, expectedSeq: 0, records, options: { slots, bodies } };
}

/** The same appends for another task and other handoffs. */
export function renamed(appends: readonly Append[]): readonly Append[] {
  const ids = new Map<string, string>();
  const rename = (id: string): string => {
    const other = ids.get(id) ?? randomUUID();
    ids.set(id, other);
    return other;
  };
  const renameSlot = (slot: string): string => {
    const [handoffId = '', ...rest] = slot.split('/');
    return [rename(handoffId), ...rest].join('/');
  };
  return appends.map(
    ({ taskId, expectedSeq, records, options: { key, slots = [], bodies = [] } }) => ({
      taskId: rename(taskId),
      expectedSeq,
      records: records.map((record) => ({
        ...record,
        recordId: randomUUID(),
        handoffId: rename(record.handoffId),
        taskId: rename(record.taskId),
      })),
      options: {
        ...(key === undefined ? {} : { key: renameSlot(key) }),
        slots: slots.map(renameSlot),
        bodies,
      },
    }),
  );
}

/** A store in memory that keeps what it is told to append. */
function recording(appends: Append[]): HandoffStore {
  const store = memoryStore();
  return {
    append(taskId, expectedSeq, records, { key, slots = [], bodies = [] } = {}) {
      const options = { ...(key === undefined ? {} : { key }), slots, bodies };
      appends.push({ taskId, expectedSeq, records, options });
      return store.append(taskId, expectedSeq, records, options);
    },
    readTask: (taskId) => store.readTask(taskId),
    findTask: (handoffId) => store.findTask(handoffId),
    readBodies: (...input) => store.readBodies(...input),
    query: (query) => store.query(query),
    watch: (...input) => store.watch(...input),
    prune: (query) => store.prune(query),
  };
}
