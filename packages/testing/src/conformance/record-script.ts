import { defaultLimits } from '@agent-handoff/core';
import {
  type HandoffRecord,
  type RecordDraft,
  type RecordType,
  type StoredBody,
  sealBody,
  sealRecords,
} from '@agent-handoff/core/store';

type Head = Pick<HandoffRecord, 'digest' | 'seq'> | undefined;

const nothing = { costUsd: 0, handoffs: 0, tokens: 0 };
let drawn = 0;

/** Seals records of these types for one handoff behind a head, as a manager would. */
export function recordsOf(
  taskId: string,
  handoffId: string,
  types: readonly RecordType[],
  head?: Head,
  fields: Partial<RecordDraft> = {},
): Promise<readonly HandoffRecord[]> {
  return sealRecords(
    head,
    types.map((type) => ({ ...draftOf(taskId, handoffId, type), ...fields })),
  );
}

function draftOf(taskId: string, handoffId: string, type: RecordType): RecordDraft {
  drawn++;
  const isFinal = type !== 'requested' && type !== 'accepted' && type !== 'approval-requested';
  return {
    type,
    taskId,
    handoffId,
    at: new Date(Date.UTC(2026, 0, 1) + drawn).toISOString(),
    recordId: `record-${drawn}`,
    contextDigest: digestOf(handoffId),
    source: 'user',
    target: 'billing',
    reason: 'specialization',
    origin: 'own',
    scope: ['*'],
    ledger: { limits: defaultLimits, reserved: nothing, used: nothing },
    ...(type === 'requested' ? {} : { attempt: 1 }),
    ...(isFinal ? { outcomeDigest: digestOf(`${handoffId}/outcome`) } : {}),
  };
}

/** Any 64 hex digits, the same for the same text: what a digest looks like. */
function digestOf(text: string): string {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(16).padStart(8, '0').repeat(8);
}

/** A body with this content under a salt of its own. */
export function bodyOf(content: string): Promise<StoredBody> {
  drawn++;
  return sealBody({ content }, `salt-${drawn}`);
}
