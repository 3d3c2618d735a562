import type { Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json } from '../context/json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Amounts, grantFrom, reserve } from '../policy/ledger.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { type StoredBody, sealBody } from '../record/stored-body.ts';
import type { TaskState } from '../record/task-state.ts';
import type { AppendPlan } from './append-records.ts';
import { decidedJoin } from './branches.ts';
import type { Claim, Opened } from './claim.ts';
import { planEnd } from './close-handoff.ts';
import { decideHandoff } from './decide-handoff.ts';
import { leaseFor } from './lease.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import { toResult } from './outcome.ts';
import { type ParentHandoff, previousHolder } from './parent-handoff.ts';
import { awaitingOutcome, errorOutcome } from './to-outcome.ts';

/** What the records of one opening say, before they have their place. */
export interface OpeningDraft {
  readonly context: HandoffContext;
  readonly delimiter: string | undefined;
  /** What making the context took. */
  readonly spent: Usage | undefined;
  /** The context's, and the run's where it belongs to one. */
  readonly bodies: readonly StoredBody[];
  readonly requested: RecordDraft;
  readonly parent: ParentHandoff | undefined;
  /** What is recorded of the task; undefined for a new one. */
  readonly task: TaskState | undefined;
  readonly now: number;
}

/**
 * What an opening appends: the request with its refusal, with its acceptance, or alone; and what it
 * leads to once that is appended.
 *
 * @throws HandoffError `CANCELLED` for a branch that is not needed any more.
 */
export async function planOpening(
  line: Line,
  input: OpenInput,
  draft: OpeningDraft,
): Promise<AppendPlan & { readonly opened: Opened }> {
  const { context, delimiter, spent, bodies, requested, parent, task, now } = draft;
  const key = `${context.handoffId}/open`;
  if (input.branches && task && decidedJoin(input.branches, task)) {
    throw new HandoffError(
      'CANCELLED',
      `The branch to "${context.targetAgentId}" was cancelled before it began: the other branches have decided the join.`,
    );
  }
  const decision = await decideHandoff(line, {
    context,
    origin: requested.origin,
    ledger: requested.ledger,
    task,
    previousHolder: context.reason === 'completion' && parent ? previousHolder(parent) : undefined,
    // Who opened the task stands behind all that continues it.
    principal: input.principal ?? task?.records[0]?.principal,
    isReplay: input.replayOf !== undefined,
    isApproved: false,
  });
  const base: RecordDraft = {
    ...requested,
    continues: undefined,
    principal: undefined,
    runDigest: undefined,
    threadId: undefined,
  };
  if (decision.kind === 'deny') {
    const { code, message, details } = decision;
    const outcome = errorOutcome(line, context, new HandoffError(code, message, { details }));
    const outcomeBody = await sealBody(outcome as unknown as Json, line.ids('salt'));
    const rejected: RecordDraft = {
      ...base,
      errorCode: code,
      outcomeDigest: outcomeBody.digest,
      recordId: line.ids('record'),
      type: 'rejected',
    };
    return {
      drafts: [requested, rejected],
      key,
      slots: [`${context.handoffId}/end`],
      bodies: [...bodies, outcomeBody],
      opened: { kind: 'settled', result: toResult(context, outcome, 0) },
    };
  }
  if (!input.accept) {
    return { drafts: [requested], key, bodies, opened: { kind: 'requested', context } };
  }
  if (decision.kind === 'require-approval') {
    const outcome = awaitingOutcome(line, context, decision, spent);
    const waiting = await planEnd(line, requested, outcome, { now, ledger: requested.ledger });
    return {
      drafts: [requested, ...waiting.drafts],
      key,
      slots: waiting.slots ?? [],
      bodies: [...bodies, ...(waiting.bodies ?? [])],
      opened: { kind: 'settled', result: toResult(context, outcome, 0) },
    };
  }
  const lease = leaseFor(context, now, {
    limitMs: requested.ledger.limits.timeoutMs,
    timeoutMs: input.timeoutMs,
    parent: parent?.handoff.newest,
  });
  const grant = grantFrom(requested.ledger, input.share) as Amounts;
  const accepted: RecordDraft = {
    ...base,
    attempt: 1,
    leaseUntil: lease.leaseUntil,
    ledger: reserve(requested.ledger, grant),
    recordId: line.ids('record'),
    type: 'accepted',
  };
  const claim: Omit<Claim, 'accepted'> = {
    context,
    grant,
    deadline: lease.deadline,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(spent === undefined ? {} : { earlier: { messages: [], usage: spent } }),
  };
  return {
    drafts: [requested, accepted],
    key,
    slots: [`${context.handoffId}/attempt/1`],
    bodies,
    // The record gets its place, and with it its digest, when it is appended.
    opened: { kind: 'claimed', claim: claim as Claim },
  };
}
