import type { HandoffContext } from '../context/handoff-context.ts';
import {
  type Amounts,
  grantFrom,
  type Ledger,
  noAmounts,
  reserve,
  type Share,
  settle,
  withLimits,
} from '../policy/ledger.ts';
import { type Limits, narrowLimits } from '../policy/limits.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { type StoredBody, sealBody } from '../record/stored-body.ts';
import {
  foldTask,
  grantOf,
  type HandoffState,
  runDigestOf,
  type TaskState,
} from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { type AppendPlan, appendRecords } from './append-records.ts';
import { type Begun, type EarlierAttempt, leaseMarginMs } from './claim.ts';
import { planEnd } from './close-handoff.ts';
import { decideHandoff, knownAgent } from './decide-handoff.ts';
import { readEarlier } from './earlier-attempt.ts';
import { handoffIn } from './handoff-in.ts';
import { leaseFor } from './lease.ts';
import type { Line } from './line.ts';
import type { RunSpec } from './open-input.ts';
import { plainRun } from './plain-run.ts';
import { readResult } from './read-result.ts';
import { readStoredContext, type StoredContext } from './stored-bodies.ts';
import { awaitingOutcome, refusedOutcome } from './to-outcome.ts';

/** How an attempt is to be made. */
export interface ClaimInput {
  readonly handoffId: string;
  readonly share?: Share | undefined;
  /** Of the attempt. */
  readonly timeoutMs?: number | undefined;
  /** Tighter ones, for the task from the first attempt on. */
  readonly limits?: Partial<Limits> | undefined;
  /** What it is the first step of, if it was not requested as that. */
  readonly run?: RunSpec | undefined;
}

/**
 * Claims the next attempt of a handoff that is recorded: the first of one that was only requested or
 * had to be approved; a further one where what it waited for is there, or where the lease of a claimant
 * ran out. Decided anew on the first: the task has moved on since it was requested.
 *
 * @throws HandoffError `AGENT_NOT_FOUND` where this manager has no such agent; another one may.
 */
export async function claimHandoff(
  line: Line,
  log: readonly HandoffRecord[],
  input: ClaimInput,
): Promise<Begun> {
  const { handoffId } = input;
  const first = foldTask(log).handoffs.get(handoffId) as HandoffState;
  const { taskId, target } = first.requested;
  if (!line.standIns.has(handoffId)) knownAgent(line, target, 'target');
  const stored = await readStoredContext(line, first.requested);
  const earlier = (await readEarlier(line, log, handoffId)) ?? fromSpent(stored);
  const run = await sealRun(line, log, input);
  let behind = log;
  const planned: Parameters<typeof appendRecords>[3] = async (_head, reread) => {
    behind = reread ?? log;
    const now = line.clock.now();
    const plan = await planClaim(line, behind, first, stored, { ...input, now });
    return plan && run ? withRun(plan, run) : plan;
  };
  const appended = await appendRecords(line, taskId, log.at(-1), planned, line.openings);
  if (appended.status === 'known') return { kind: 'elsewhere', taskId, handoffId };
  const [record] = appended.records as readonly [HandoffRecord];
  const after = [...behind, record];
  if (record.type !== 'accepted') {
    return { kind: 'settled', result: await readResult(line, after, handoffId) };
  }
  const { context, delimiter } = stored;
  return {
    kind: 'claimed',
    claim: {
      context,
      accepted: record,
      ...(earlier === undefined ? {} : { earlier }),
      grant: grantOf(handoffId, foldTask(after)),
      deadline: Date.parse(record.leaseUntil ?? record.at) - leaseMarginMs,
      ...(delimiter === undefined ? {} : { delimiter }),
    },
  };
}

/** The run that begins with this claim, to be recorded: any process can go on with the whole then. */
async function sealRun(
  line: Line,
  log: readonly HandoffRecord[],
  { handoffId, run }: ClaimInput,
): Promise<StoredBody | undefined> {
  if (run?.root !== handoffId || runDigestOf(log, handoffId) !== undefined) return undefined;
  return sealBody(plainRun(line, run), line.ids('salt'));
}

function withRun({ drafts, bodies = [], ...plan }: AppendPlan, run: StoredBody): AppendPlan {
  const [first, ...more] = drafts as readonly [RecordDraft, ...RecordDraft[]];
  const runDigest = run.digest;
  return { ...plan, drafts: [{ ...first, runDigest }, ...more], bodies: [...bodies, run] };
}

function fromSpent({ spent }: StoredContext): EarlierAttempt | undefined {
  return spent && { messages: [], usage: spent };
}

async function planClaim(
  line: Line,
  log: readonly HandoffRecord[],
  { requested, accepted, newest }: HandoffState,
  { context, spent }: StoredContext,
  { now, timeoutMs, limits, share }: ClaimInput & { readonly now: number },
): Promise<AppendPlan | undefined> {
  const task = foldTask(log);
  const head = task.head as HandoffRecord;
  // It was cancelled, decided against or claimed by somebody else while it was being claimed.
  const current = handoffIn(task, requested.handoffId);
  if (current.newest.digest !== newest.digest) return undefined;
  if (accepted) {
    return planAttempt(line, task, requested, context, { now, timeoutMs, ledger: head.ledger });
  }
  const ledger = withLimits(head.ledger, narrowLimits(head.ledger.limits, limits));
  const decision = await decideHandoff(line, {
    context,
    origin: requested.origin,
    ledger,
    task,
    previousHolder: context.reason === 'completion' ? context.targetAgentId : undefined,
    principal: task.records[0]?.principal,
    isReplay: requested.replayOf !== undefined,
    isApproved: newest.type === 'approval-decided',
  });
  if (decision.kind === 'deny') {
    const outcome = refusedOutcome(line, context, decision, spent);
    return planEnd(line, requested, outcome, {
      now,
      ledger: settle(ledger, noAmounts, outcome.usage),
    });
  }
  if (decision.kind === 'require-approval') {
    const outcome = awaitingOutcome(line, context, decision, spent);
    return planEnd(line, requested, outcome, { now, ledger });
  }
  const reserved = reserve(ledger, grantFrom(ledger, share) as Amounts);
  return planAttempt(line, task, requested, context, { now, timeoutMs, ledger: reserved });
}

function planAttempt(
  line: Line,
  task: TaskState,
  requested: HandoffRecord,
  context: HandoffContext,
  { now, timeoutMs, ledger }: { now: number; timeoutMs: number | undefined; ledger: Ledger },
): AppendPlan {
  const {
    digest: _,
    parents: __,
    seq: ___,
    v: ____,
    principal: _____,
    runDigest: ______,
    threadId: _______,
    ...base
  } = requested;
  const { handoffId } = base;
  const attempt = (task.handoffs.get(handoffId)?.accepted?.attempt ?? 0) + 1;
  const { leaseUntil } = leaseFor(context, now, {
    limitMs: ledger.limits.timeoutMs,
    timeoutMs,
    parent: task.handoffs.get(context.parentIds[0] ?? '')?.newest,
  });
  const draft: RecordDraft = {
    ...base,
    at: toTimestamp(now),
    attempt,
    leaseUntil,
    ledger,
    recordId: line.ids('record'),
    type: 'accepted',
  };
  return { drafts: [draft], slots: [`${handoffId}/attempt/${attempt}`] };
}
