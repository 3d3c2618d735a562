import { defaultLimits } from '@agent-handoff/core';
import {
  type HandoffRecord,
  type HandoffStore,
  type RecordDraft,
  type RecordType,
  sealRecords,
} from '@agent-handoff/core/store';

const nothing = { costUsd: 0, handoffs: 0, tokens: 0 };

/** Appends records of these types to a task; its handoff is named after it unless told otherwise. */
export async function write(
  store: HandoffStore,
  taskId: string,
  types: readonly RecordType[],
  fields: Partial<RecordDraft> = {},
): Promise<readonly HandoffRecord[]> {
  const log = await store.readTask(taskId);
  const handoffId = fields.handoffId ?? `${taskId}/h`;
  const drafts = types.map((type, i) => ({
    type,
    taskId,
    handoffId,
    at: '2026-11-24T09:00:00.000Z',
    recordId: `${handoffId}/${log.length + i}`,
    contextDigest: 'c',
    source: 'user',
    target: 'billing',
    reason: 'specialization' as const,
    origin: 'own' as const,
    scope: ['*'],
    ledger: { limits: defaultLimits, reserved: nothing, used: nothing },
    ...fields,
  }));
  const records = await sealRecords(log.at(-1), drafts);
  const { status } = await store.append(taskId, log.length, records);
  if (status !== 'appended') throw new Error(`${taskId}: ${status}`);
  return records;
}

/** A whole handoff. */
export const ended = ['requested', 'accepted', 'completed'] as const;
