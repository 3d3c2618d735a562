import type { ApprovalDecision, EndingDecision } from '../agent/approval-decision.ts';
import { validateWith } from '../agent/validate-with.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { settle } from '../policy/ledger.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { foldTask, grantOf, type HandoffState } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { appendRecords, readStore } from './append-records.ts';
import { planEnd } from './close-handoff.ts';
import { delegatedUsage } from './delegated-usage.ts';
import { endElsewhere } from './end-elsewhere.ts';
import { endOverdue } from './end-overdue.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';
import { readOutcome, readStoredContext } from './stored-bodies.ts';
import { errorOutcome, toOutcome } from './to-outcome.ts';

/** A decision, and who made it. */
export interface DecisionInput {
  readonly decision: ApprovalDecision;
  readonly by?: string;
}

/**
 * Records what was decided about a handoff that waits, with its end where the decision is one. The
 * first decision counts: where there was one, or the handoff has ended, or its time to be decided is
 * over, nothing more is decided.
 *
 * @throws HandoffError `INVALID_CONTEXT` for a handoff that waits for work that it gave out, and for one
 * that doesn't wait and never did; `INVALID_OUTPUT` for an answer that the target's `dataSchema` refuses;
 * and what its agent's `endHandoff` rejects with.
 */
export async function recordDecision(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
  { decision, by }: DecisionInput,
): Promise<void> {
  const state = foldTask(log).handoffs.get(handoffId) as HandoffState;
  const waiting = log.findLast(
    (record) => record.handoffId === handoffId && record.type === 'approval-requested',
  );
  if (!waiting) throw notWaiting(state);
  if (state.newest !== waiting) return;
  const waited = await readOutcome(line, waiting);
  if (waited.waitsFor) {
    const ids = waited.waitsFor.map((child) => child.handoffId);
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The handoff "${handoffId}" waits for work that its agent gave out: decide about ${ids.join(', ')}.`,
      { details: { handoffId, waitsFor: ids } },
    );
  }
  if ((await endOverdue(line, log, waiting)) !== 'in-time') return;
  const { context } = await readStoredContext(line, state.requested);
  const outcome = await decidedOutcome(line, context, waited, decision, by);
  if (decision.type !== 'approve') await tellElsewhere(line, state, decision);
  await appendRecords(line, waiting.taskId, log.at(-1), async (head, reread) => {
    const task = foldTask(reread ?? log);
    // Somebody else decided, or it was cancelled.
    if (task.handoffs.get(handoffId)?.newest.type !== 'approval-requested') return undefined;
    const { ledger } = head as HandoffRecord;
    const now = line.clock.now();
    const decided = toDecided(line, waiting, { now, decision, by, ledger });
    const slot = `${handoffId}/decision/${waiting.attempt ?? 0}`;
    if (!outcome) return { drafts: [decided], slots: [slot] };
    const end = await planEnd(line, waiting, await delegatedUsage(line, outcome, handoffId, task), {
      now,
      ledger: settle(ledger, grantOf(handoffId, task), outcome.usage),
    });
    return { ...end, drafts: [decided, ...end.drafts], slots: [slot, ...end.slots] };
  });
}

/**
 * Lets the decision stand where the agent's work is; where it can't, none is made. Where somebody decided
 * here meanwhile, it doesn't matter: what stands here counts.
 */
async function tellElsewhere(
  line: Line,
  state: HandoffState,
  decision: EndingDecision,
): Promise<void> {
  try {
    await endElsewhere(line, state, decision);
  } catch (thrown) {
    const { taskId, handoffId } = state.requested;
    const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
    if (foldTask(log).handoffs.get(handoffId)?.newest.type === 'approval-requested') throw thrown;
  }
}

/** What ends with the decision; undefined where the handoff goes on. */
async function decidedOutcome(
  line: Line,
  context: HandoffContext,
  waited: Outcome,
  decision: ApprovalDecision,
  by: string | undefined,
): Promise<Outcome | undefined> {
  const { targetAgentId: target, handoffId } = context;
  const usage = waited.ownUsage ?? waited.usage;
  if (decision.type === 'approve') return undefined;
  if (decision.type === 'deny') {
    const whom = by === undefined ? '' : ` by ${by}`;
    const why = decision.reason === undefined ? '' : `: ${decision.reason}`;
    const error = new HandoffError(
      'APPROVAL_DENIED',
      `The handoff to "${target}" was denied${whom}${why}`,
      { details: { handoffId, ...(by === undefined ? {} : { by }) } },
    );
    return errorOutcome(line, context, error, usage);
  }
  const { output, findings, confidence = 1 } = decision;
  const data = await checkData(line, target, decision.data);
  const report = {
    status: 'completed' as const,
    output,
    confidence,
    ...(data === undefined ? {} : { data }),
    ...(findings === undefined ? {} : { findings }),
  };
  const earlier = { messages: waited.messages ?? [], usage };
  const outcome = toOutcome(line, context, { report }, { waitsFor: [] }, earlier);
  if (outcome.error) throw HandoffError.fromJSON(outcome.error);
  return outcome;
}

async function checkData(line: Line, target: string, data: unknown): Promise<unknown> {
  const schema = line.agents.get(target)?.dataSchema;
  if (!schema) return data;
  const validated = await validateWith(schema, data);
  if ('value' in validated) return validated.value;
  throw new HandoffError(
    'INVALID_OUTPUT',
    `The answer's data doesn't satisfy the dataSchema of "${target}": ${validated.problems.join('; ')}`,
    { details: { agentId: target, problems: validated.problems } },
  );
}

function toDecided(
  line: Line,
  waiting: HandoffRecord,
  {
    now,
    decision,
    by,
    ledger,
  }: {
    readonly now: number;
    readonly decision: ApprovalDecision;
    readonly by: string | undefined;
    readonly ledger: HandoffRecord['ledger'];
  },
): RecordDraft {
  const {
    digest: _,
    parents: __,
    seq: ___,
    v: ____,
    errorCode: _____,
    expiresAt: ______,
    outcomeDigest: _______,
    ...base
  } = waiting;
  return {
    ...base,
    at: toTimestamp(now),
    ...(by === undefined ? {} : { by }),
    decision: decision.type,
    ledger,
    recordId: line.ids('record'),
    type: 'approval-decided',
  };
}

function notWaiting({ newest }: HandoffState): HandoffError {
  const { handoffId, type } = newest;
  return new HandoffError(
    'INVALID_CONTEXT',
    `The handoff "${handoffId}" waits for no decision: it is ${type}. Resume it without one, or look at it with get.`,
    { details: { handoffId, status: type } },
  );
}
