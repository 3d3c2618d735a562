import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json } from '../context/json.ts';
import { leastTrusted } from '../context/origin.ts';
import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';
import { type Ledger, settle } from '../policy/ledger.ts';
import type { EndType, HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { sealBody } from '../record/stored-body.ts';
import { foldTask } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { type AppendPlan, appendRecords, readStore } from './append-records.ts';
import type { Claim } from './claim.ts';
import { delegatedUsage } from './delegated-usage.ts';
import { handoffIn } from './handoff-in.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import { type Outcome, toResult, unfinished } from './outcome.ts';

/**
 * The last step: the outcome of the attempt is recorded, its grant settled. Undefined where that can't be
 * any more: the handoff ended in another way meanwhile (it was cancelled, or its lease ran out), or it was
 * to wait and somebody else has it now.
 */
export async function closeHandoff(
  line: Line,
  claim: Claim,
  own: Outcome,
): Promise<HandoffResult | undefined> {
  const { context, accepted, grant } = claim;
  const { taskId, handoffId } = context;
  const now = line.clock.now();
  let outcome = own;
  try {
    const appended = await appendRecords(line, taskId, accepted, async (head, reread) => {
      const log = reread ?? (await earlierLog(line, accepted));
      // Others have written too: perhaps work that this handoff gave out.
      if (log) {
        const task = foldTask(log);
        // An end is refused by its slot, but each attempt can wait.
        const { newest } = handoffIn(task, handoffId);
        if (own.status === 'awaiting-approval' && newest.digest !== accepted.digest) {
          return undefined;
        }
        outcome = await delegatedUsage(line, own, handoffId, task);
      }
      const { ledger } = head as HandoffRecord;
      return await planEnd(line, accepted, outcome, {
        now,
        ledger:
          own.status === 'awaiting-approval'
            ? ledger
            : settle(ledger, grant, own.usage, own.handoffs),
        findingOrigins: originsAfter(accepted, context, own),
      });
    });
    if (appended.status === 'known') return undefined;
  } catch (thrown) {
    return unrecorded(claim, outcome, HandoffError.from(thrown, 'STORE_FAILED'), now);
  }
  return toResult(context, outcome, Math.max(0, now - Date.parse(accepted.at)));
}

/** The log of an attempt that isn't the first: what those before it gave out is in it. */
async function earlierLog(
  line: Line,
  { attempt = 1, taskId }: HandoffRecord,
): Promise<readonly HandoffRecord[] | undefined> {
  if (attempt === 1) return undefined;
  return readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
}

/** What an end record says besides the outcome. */
interface EndFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly ledger: Ledger;
  readonly findingOrigins?: HandoffRecord['findingOrigins'];
}

/** Where the findings come from, once the agent has added its own. */
function originsAfter(
  { origin, findingOrigins }: HandoffRecord,
  { findings }: HandoffContext,
  outcome: Outcome,
): HandoffRecord['findingOrigins'] {
  if (outcome.origin === undefined) return undefined;
  const own = leastTrusted(origin, outcome.origin);
  if (own === origin) return undefined;
  const added = Object.keys(outcome.findings).filter((key) => !Object.hasOwn(findings, key));
  return { ...findingOrigins, ...Object.fromEntries(added.map((key) => [key, own])) };
}

/** An end record, its slot and its body. */
export type EndPlan = Required<Pick<AppendPlan, 'drafts' | 'slots' | 'bodies'>>;

/** The end record of a handoff; an agent that waits for a decision has not ended. */
export async function planEnd(
  line: Line,
  before: RecordDraft,
  outcome: Outcome,
  { now, ledger, findingOrigins }: EndFacts,
): Promise<EndPlan> {
  const body = await sealBody(outcome as unknown as Json, line.ids('salt'));
  const { handoffId } = before;
  const waits = outcome.status === 'awaiting-approval';
  const end: RecordDraft = {
    at: toTimestamp(now),
    attempt: before.attempt,
    contextDigest: before.contextDigest,
    errorCode: outcome.error?.code,
    findingOrigins,
    expiresAt: waits ? toTimestamp(now + line.approvalTimeoutMs) : undefined,
    handoffId,
    ledger,
    origin: before.origin,
    outcomeDigest: body.digest,
    reason: before.reason,
    recordId: line.ids('record'),
    replayOf: before.replayOf,
    scope: before.scope,
    source: before.source,
    target: before.target,
    taskId: before.taskId,
    traceparent: before.traceparent,
    type: waits ? 'approval-requested' : (outcome.status as EndType),
  };
  const slot = waits ? `${handoffId}/waiting/${before.attempt ?? 0}` : `${handoffId}/end`;
  return { drafts: [end], slots: [slot], bodies: [body] };
}

/** The work is done and can't be recorded: the caller gets it all the same, as what it is. */
function unrecorded(
  { context, accepted }: Claim,
  outcome: Outcome,
  cause: HandoffError,
  now: number,
): HandoffResult {
  const { code, message, retryable, details } = cause;
  const error: HandoffErrorJson = {
    code,
    details: { ...details, outcome },
    message: `${message}. Agent "${accepted.target}" had ended as "${outcome.status}"; what it answered is in details.outcome, and its record is open.`,
    retryable,
  };
  return toResult(
    context,
    unfinished(context, error, outcome.usage),
    Math.max(0, now - Date.parse(accepted.at)),
  );
}
