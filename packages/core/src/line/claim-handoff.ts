import { type Amounts, grantFrom, reserve } from '../policy/ledger.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { foldTask, grantOf, type HandoffState, visitsTo } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { type AppendPlan, appendRecords } from './append-records.ts';
import { leaseMarginMs, type Opened } from './claim.ts';
import { planEnd } from './close-handoff.ts';
import { decideHandoff } from './decide-handoff.ts';
import { leaseFor } from './lease.ts';
import type { Line } from './line.ts';
import { unfinished } from './outcome.ts';
import { readResult } from './read-result.ts';
import { readStoredContext, type StoredContext } from './stored-bodies.ts';

/**
 * Claims the next attempt of a handoff that is recorded: the first of one that was only requested, a
 * further one where the lease of a claimant ran out. Decided anew on the first: the task has moved on
 * since it was requested.
 */
export async function claimHandoff(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
  timeoutMs: number | undefined,
): Promise<Opened> {
  const first = foldTask(log).handoffs.get(handoffId) as HandoffState;
  const stored = await readStoredContext(line, first.requested);
  const { taskId } = first.requested;
  let claimed = true;
  const now = line.clock.now();
  const appended = await appendRecords(line, taskId, log.at(-1), async (_head, reread) => {
    const plan = await planClaim(line, reread ?? log, first, stored, { now, timeoutMs });
    claimed = plan.drafts[0]?.type === 'accepted';
    return plan;
  });
  if (appended.status === 'known') return { kind: 'elsewhere', taskId, handoffId };
  const accepted = appended.records[0] as HandoffRecord;
  const after = [...log.slice(0, accepted.seq - 1), ...appended.records];
  if (!claimed) {
    return { kind: 'settled', result: await readResult(line, after, handoffId) };
  }
  const { context, delimiter } = stored;
  return {
    kind: 'claimed',
    claim: {
      context,
      accepted,
      grant: grantOf(handoffId, foldTask(after)),
      deadline: Date.parse(accepted.leaseUntil ?? accepted.at) - leaseMarginMs,
      ...(delimiter === undefined ? {} : { delimiter }),
    },
  };
}

async function planClaim(
  line: Line,
  log: readonly HandoffRecord[],
  { requested, accepted }: HandoffState,
  { context }: StoredContext,
  { now, timeoutMs }: { readonly now: number; readonly timeoutMs: number | undefined },
): Promise<AppendPlan> {
  const task = foldTask(log);
  const { ledger } = task.head as HandoffRecord;
  const { handoffId } = requested;
  if (accepted === undefined) {
    const decision = await decideHandoff(line, {
      context,
      origin: requested.origin,
      ledger,
      visits: visitsTo(context.targetAgentId, task),
      previousHolder: context.reason === 'completion' ? context.targetAgentId : undefined,
      principal: task.records[0]?.principal,
      isReplay: requested.replayOf !== undefined,
    });
    if (decision.kind === 'deny') {
      const { code, message, details } = decision;
      const outcome = unfinished(context, { code, details, message, retryable: false });
      return planEnd(line, requested, outcome, { now, ledger });
    }
  }
  const attempt = (accepted?.attempt ?? 0) + 1;
  const lease = leaseFor(context, now, {
    limitMs: ledger.limits.timeoutMs,
    timeoutMs,
    parent: undefined,
  });
  const { digest: _, parents: __, seq: ___, v: ____, principal: _____, ...base } = requested;
  const draft: RecordDraft = {
    ...base,
    at: toTimestamp(now),
    attempt,
    leaseUntil: lease.leaseUntil,
    ledger: accepted ? ledger : reserve(ledger, grantFrom(ledger) as Amounts),
    recordId: line.ids('record'),
    type: 'accepted',
  };
  return { drafts: [draft], slots: [`${handoffId}/attempt/${attempt}`] };
}
