import { canonicalJson } from '../context/canonical-json.ts';
import type { Json } from '../context/json.ts';
import { sha256 } from '../runtime/sha256.ts';
import type { HandoffRecord } from './handoff-record.ts';

type Content = Omit<HandoffRecord, 'digest' | 'parents' | 'seq' | 'v'>;

/** A record before it has its place in the log. What is undefined in it is absent from the record. */
export type RecordDraft = {
  readonly [Key in keyof Content]:
    | Content[Key]
    | (object extends Pick<Content, Key> ? undefined : never);
} & {
  /** Digests of the newest records of the handoffs that this one continues. */
  readonly continues?: readonly string[] | undefined;
};

/**
 * Links drafts behind the head of a log, in order, and seals each with its digest.
 *
 * @param head the newest record of the log; undefined for a new task.
 */
export async function sealRecords(
  head: Pick<HandoffRecord, 'digest' | 'seq'> | undefined,
  drafts: readonly RecordDraft[],
): Promise<readonly HandoffRecord[]> {
  const sealed: HandoffRecord[] = [];
  let previous = head;
  for (const draft of drafts) {
    const parents = previous === undefined ? [] : [previous.digest];
    if (draft.continues) parents.push(...draft.continues);
    const record = inOrder(draft, parents, (previous?.seq ?? 0) + 1);
    const hash = sha256(canonicalJson(record as unknown as Json));
    record.digest = typeof hash === 'string' ? hash : await hash;
    sealed.push(record as HandoffRecord);
    previous = record as HandoffRecord;
  }
  return sealed;
}

type Unsealed = { -readonly [Key in keyof HandoffRecord]?: HandoffRecord[Key] };

/** With the keys in the order of RFC 8785, which makes `JSON.stringify` its canonical form. */
function inOrder(draft: RecordDraft, parents: readonly string[], seq: number): Unsealed {
  const record: Unsealed = { at: draft.at };
  if (draft.attempt !== undefined) record.attempt = draft.attempt;
  if (draft.by !== undefined) record.by = draft.by;
  record.contextDigest = draft.contextDigest;
  if (draft.decision !== undefined) record.decision = draft.decision;
  if (draft.errorCode !== undefined) record.errorCode = draft.errorCode;
  if (draft.expiresAt !== undefined) record.expiresAt = draft.expiresAt;
  if (draft.findingOrigins !== undefined) record.findingOrigins = draft.findingOrigins;
  record.handoffId = draft.handoffId;
  if (draft.leaseUntil !== undefined) record.leaseUntil = draft.leaseUntil;
  record.ledger = draft.ledger;
  record.origin = draft.origin;
  if (draft.outcomeDigest !== undefined) record.outcomeDigest = draft.outcomeDigest;
  record.parents = parents;
  if (draft.principal !== undefined) record.principal = draft.principal;
  record.reason = draft.reason;
  record.recordId = draft.recordId;
  if (draft.replayOf !== undefined) record.replayOf = draft.replayOf;
  if (draft.runDigest !== undefined) record.runDigest = draft.runDigest;
  record.scope = draft.scope;
  record.seq = seq;
  record.source = draft.source;
  record.target = draft.target;
  record.taskId = draft.taskId;
  if (draft.threadId !== undefined) record.threadId = draft.threadId;
  if (draft.traceparent !== undefined) record.traceparent = draft.traceparent;
  record.type = draft.type;
  record.v = 1;
  return record;
}
