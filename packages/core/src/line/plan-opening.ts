import type { Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import {
  type Amounts,
  grantFrom,
  type Ledger,
  noAmounts,
  reserve,
  settle,
} from '../policy/ledger.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import type { StoredBody } from '../record/stored-body.ts';
import type { TaskState } from '../record/task-state.ts';
import type { AppendPlan } from './append-records.ts';
import { decidedJoin } from './branches.ts';
import type { Claim, Opened } from './claim.ts';
import { planEnd } from './close-handoff.ts';
import { decideHandoff } from './decide-handoff.ts';
import { leaseFor } from './lease.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import { type Outcome, toResult } from './outcome.ts';
import { type ParentHandoff, previousHolder } from './parent-handoff.ts';
import { awaitingOutcome, refusedOutcome } from './to-outcome.ts';

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
  /** What is recorded of the task; nothing of a new one. */
  readonly task: TaskState;
  readonly now: number;
}

/** What is appended, and what that leads to. */
export interface OpeningPlan extends AppendPlan {
  readonly opened: Opened;
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
): Promise<OpeningPlan> {
  const { context, delimiter, spent, bodies, requested, parent, task, now } = draft;
  const key = openingKey(context);
  if (input.branches && decidedJoin(input.branches, task)) {
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
    principal: input.principal ?? task.records[0]?.principal,
    isReplay: input.replayOf !== undefined,
    isApproved: false,
  });
  if (decision.kind === 'deny') {
    const outcome = refusedOutcome(line, context, decision, spent);
    return planSettled(line, draft, outcome, settle(requested.ledger, noAmounts, outcome.usage));
  }
  if (!input.accept) {
    return { drafts: [requested], key, bodies, opened: { kind: 'requested', context } };
  }
  if (decision.kind === 'require-approval') {
    const outcome = awaitingOutcome(line, context, decision, spent);
    return planSettled(line, draft, outcome, requested.ledger);
  }
  const lease = leaseFor(context, now, {
    limitMs: requested.ledger.limits.timeoutMs,
    timeoutMs: input.timeoutMs,
    parent: parent?.handoff.newest,
  });
  const grant = grantFrom(requested.ledger, input.share) as Amounts;
  const accepted: RecordDraft = {
    ...requested,
    attempt: 1,
    continues: undefined,
    leaseUntil: lease.leaseUntil,
    ledger: reserve(requested.ledger, grant),
    principal: undefined,
    recordId: line.ids('record'),
    runDigest: undefined,
    threadId: undefined,
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

/** The request, with the end or the wait that it has at once. */
async function planSettled(
  line: Line,
  { context, bodies, requested, now }: OpeningDraft,
  outcome: Outcome,
  ledger: Ledger,
): Promise<OpeningPlan> {
  const end = await planEnd(line, requested, outcome, { now, ledger });
  return {
    drafts: [requested, ...end.drafts],
    key: openingKey(context),
    slots: end.slots,
    bodies: [...bodies, ...end.bodies],
    opened: { kind: 'settled', result: toResult(context, outcome, 0) },
  };
}

function openingKey({ handoffId }: HandoffContext): string {
  return `${handoffId}/open`;
}
