import { canonicalJson } from '../context/canonical-json.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json } from '../context/json.ts';
import { plainCopy } from '../context/plain-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { chainReason } from '../policy/decide-path.ts';
import { type Amounts, grantFrom, type Ledger, openLedger, reserve, withLimits } from '../policy/ledger.ts';
import { narrowLimits } from '../policy/limits.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import type { RecordDraft } from '../record/seal-record.ts';
import { sealBody, type StoredBody } from '../record/stored-body.ts';
import { foldTask, visitsTo } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { type AppendPlan, appendRecords, readStore } from './append-records.ts';
import { buildContext, checkPayload } from './build-context.ts';
import type { Claim, Opened } from './claim.ts';
import { decideHandoff, knownAgent, sourceAgent } from './decide-handoff.ts';
import { leaseFor } from './lease.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import { toResult, unfinished } from './outcome.ts';
import {
  loadParent,
  type ParentHandoff,
  previousHolder,
  readParentTask,
} from './parent-handoff.ts';
import { readStoredContext } from './stored-bodies.ts';

/** What the records of one opening say, before they have their place. */
interface Draft {
  readonly context: HandoffContext;
  readonly delimiter: string | undefined;
  readonly body: StoredBody;
  readonly requested: RecordDraft;
  readonly parent: ParentHandoff | undefined;
  readonly now: number;
}

/**
 * The first of a handoff's three steps: everything is checked and decided, and recorded in one append.
 * A refusal by a rule is recorded too; input that is wrong throws and leaves nothing behind.
 */
export async function openHandoff(line: Line, given: OpenInput): Promise<Opened> {
  const recorded = given.whole ? await recordedHandoff(line, given) : undefined;
  if (recorded) return recorded;
  const target = line.standIns.get(given.handoffId) ?? knownAgent(line, given.target, 'target');
  const input = given.replayOf === undefined ? await checkPayload(target, given) : given;
  const log = await readParentTask(line, input);
  const taskId = input.parentIds.length === 0 ? input.taskId : (log[0]?.taskId ?? input.taskId);
  if (input.whole && taskId !== input.taskId) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The context names task "${input.taskId}", but its parents belong to "${taskId}".`,
      { details: { path: 'taskId' } },
    );
  }

  let draft: Draft | undefined;
  let opened: Opened | undefined;
  const appended = await appendRecords(line, taskId, log.at(-1), async (_head, reread) => {
    draft = await draftHandoff(line, input, taskId, target, reread ?? log);
    const plan = await planOpening(line, input, draft);
    opened = plan.opened;
    return plan;
  });
  if (appended.status === 'known') return knownHandoff(line, input, (draft as Draft).context, appended.records);
  const accepted = appended.records.at(-1) as HandoffRecord;
  return opened?.kind === 'claimed'
    ? { kind: 'claimed', claim: { ...opened.claim, accepted } }
    : (opened as Opened);
}

async function draftHandoff(
  line: Line,
  input: OpenInput,
  taskId: string,
  target: Parameters<typeof checkPayload>[0],
  log: readonly HandoffRecord[],
): Promise<Draft> {
  const now = line.clock.now();
  const parent = await loadParent(line, input, log);
  if (parent === undefined && log.length > 0) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The task "${taskId}" exists: name the handoff that this one continues as its parent, or leave the task's id out.`,
      { details: { path: 'taskId' } },
    );
  }
  const source = input.source ?? parent?.handoff.requested.target ?? 'user';
  const from = sourceAgent(line, source);
  const ledger = openingLedger(line, input, parent);
  const context = buildContext(line, input, {
    source,
    target,
    reason: input.reason ?? chainReason(from, target.id),
    taskId,
    parent,
    ledger,
    now,
  });
  const { origin, findingOrigins, principal, replayOf } = input;
  const delimiter =
    origin === 'own' && findingOrigins === undefined ? undefined : line.ids('delimiter');
  const body = await sealBody(
    (delimiter === undefined ? { context } : { context, delimiter }) as unknown as Json,
    line.ids('salt'),
  );
  return {
    context,
    delimiter,
    body,
    parent,
    now,
    requested: {
      at: toTimestamp(now),
      contextDigest: body.digest,
      handoffId: context.handoffId,
      ledger,
      origin,
      reason: context.reason,
      recordId: line.ids('record'),
      scope: context.scope,
      source,
      target: target.id,
      taskId,
      type: 'requested',
      ...(parent === undefined ? {} : { continues: parentDigests(input, parent) }),
      ...(findingOrigins === undefined ? {} : { findingOrigins }),
      ...(principal === undefined || parent !== undefined ? {} : { principal }),
      ...(replayOf === undefined ? {} : { replayOf }),
      ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    },
  };
}

function parentDigests({ parentIds }: OpenInput, { task }: ParentHandoff): readonly string[] {
  return parentIds.map((id) => (task.handoffs.get(id)?.newest as HandoffRecord).digest);
}

/** The task's balance, under whichever limits are tighter: its own, this manager's, the input's. */
function openingLedger(line: Line, input: OpenInput, parent: ParentHandoff | undefined): Ledger {
  const before = parent?.task.head?.ledger ?? openLedger(line.limits);
  let limits = narrowLimits(narrowLimits(before.limits, line.limits), input.limits);
  const { remaining } = input.content;
  if (input.whole && remaining) {
    // What the sender had left binds too; 0 is a refusal, not a mistake.
    limits = {
      ...limits,
      maxHandoffs: Math.min(limits.maxHandoffs, before.used.handoffs + remaining.handoffs),
      maxTokens: Math.min(limits.maxTokens, before.used.tokens + remaining.tokens),
      ...(remaining.costUsd === undefined
        ? {}
        : {
            maxCostUsd: Math.min(
              limits.maxCostUsd ?? Number.POSITIVE_INFINITY,
              before.used.costUsd + remaining.costUsd,
            ),
          }),
    };
  }
  return withLimits(before, limits);
}

async function planOpening(
  line: Line,
  input: OpenInput,
  draft: Draft,
): Promise<AppendPlan & { readonly opened: Opened }> {
  const { context, delimiter, body, requested, parent, now } = draft;
  const key = `${context.handoffId}/open`;
  const decision = await decideHandoff(line, {
    context,
    origin: input.origin,
    ledger: requested.ledger,
    visits: parent ? visitsTo(context.targetAgentId, parent.task) : 0,
    previousHolder:
      context.reason === 'completion' && parent ? previousHolder(parent) : undefined,
    principal: input.principal,
    isReplay: input.replayOf !== undefined,
  });
  const { continues: _, ...base } = requested;
  if (decision.kind === 'deny') {
    const { code, message, details } = decision;
    const outcome = unfinished(context, { code, details, message, retryable: false });
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
      bodies: [body, outcomeBody],
      opened: { kind: 'settled', result: toResult(context, outcome, 0) },
    };
  }
  if (!input.accept) {
    return { drafts: [requested], key, bodies: [body], opened: { kind: 'requested', context } };
  }
  const lease = leaseFor(context, now, {
    limitMs: requested.ledger.limits.timeoutMs,
    timeoutMs: input.timeoutMs,
    parent: parent?.handoff.newest,
  });
  const grant = grantFrom(requested.ledger) as Amounts;
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
  };
  return {
    drafts: [requested, accepted],
    key,
    slots: [`${context.handoffId}/attempt/1`],
    bodies: [body],
    // The record gets its place, and with it its digest, when it is appended.
    opened: { kind: 'claimed', claim: claim as Claim },
  };
}

/** A whole context may be of a handoff that is recorded and waits: then that record is what counts. */
async function recordedHandoff(line: Line, input: OpenInput): Promise<Opened | undefined> {
  const { handoffId, content, target, source, reason, taskId, parentIds } = input;
  const storedTask = await readStore(() => line.store.findTask(handoffId), `find "${handoffId}"`);
  if (storedTask === undefined) return undefined;
  const log = await readStore(() => line.store.readTask(storedTask), `read task "${storedTask}"`);
  const given = {
    ...content,
    handoffId,
    parentIds,
    reason,
    sourceAgentId: source,
    targetAgentId: target,
    taskId,
    version: 1,
  };
  return knownHandoff(line, input, given, log);
}

/** The handoff was opened before: the same one, or another under its id. */
async function knownHandoff(
  line: Line,
  { handoffId, accept }: OpenInput,
  given: object,
  log: readonly HandoffRecord[],
): Promise<Opened> {
  const known = foldTask(log).handoffs.get(handoffId);
  const stored = known && (await readStoredContext(line, known.requested)).context;
  if (stored === undefined || contentOf(line, stored) !== contentOf(line, given)) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The handoff "${handoffId}" exists with another input: use another idempotency key for other work, or pass the context unchanged.`,
      { details: { handoffId } },
    );
  }
  return accept
    ? { kind: 'elsewhere', taskId: stored.taskId, handoffId }
    : { kind: 'requested', context: stored };
}

/**
 * What must be the same for two openings to be one: all but what time and the task's balance change.
 */
function contentOf(line: Line, context: object): string {
  const { createdAt: _, remaining: __, scope: ___, ...content } = context as HandoffContext;
  return canonicalJson(plainCopy(content, { path: 'context', redact: line.redact }));
}
