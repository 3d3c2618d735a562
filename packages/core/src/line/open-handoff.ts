import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { Usage } from '../agent/usage.ts';
import { writeSummary } from '../agent/write-summary.ts';
import { userId } from '../context/agent-id.ts';
import { checkField } from '../context/check-field.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { isIdentifier } from '../context/identifier.ts';
import type { Json } from '../context/json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { chainReason } from '../policy/decide-path.ts';
import { type Ledger, openLedger, withLimits } from '../policy/ledger.ts';
import { narrowLimits } from '../policy/limits.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { type StoredBody, sealBody } from '../record/stored-body.ts';
import { foldTask, type HandoffState } from '../record/task-state.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { appendRecords } from './append-records.ts';
import { buildContext, checkPayload } from './build-context.ts';
import { usageIn } from './check-report.ts';
import type { Opened } from './claim.ts';
import { knownAgent, sourceAgent } from './decide-handoff.ts';
import { knownHandoff, recordedHandoff } from './known-handoff.ts';
import type { Line } from './line.ts';
import type { OpenInput, RunSpec } from './open-input.ts';
import { originOf } from './origin-of.ts';
import { joinedParents, loadParent, type ParentHandoff, readParentTask } from './parent-handoff.ts';
import { plainRun } from './plain-run.ts';
import { type OpeningDraft, planOpening } from './plan-opening.ts';
import { pricedIfPossible } from './priced-usage.ts';
import { runRecord } from './run-record.ts';
import type { StoredContext } from './stored-bodies.ts';

/**
 * The first of a handoff's three steps: everything is checked and decided, and recorded in one append.
 * A refusal by a rule is recorded too; input that is wrong throws and leaves nothing behind.
 */
export async function openHandoff(line: Line, given: OpenInput): Promise<Opened> {
  checkIds(given);
  const recorded = given.whole ? await recordedHandoff(line, given) : undefined;
  if (recorded) return recorded;
  const target = line.standIns.get(given.handoffId) ?? knownAgent(line, given.target, 'target');
  const checked = given.replayOf === undefined ? await checkPayload(target, given) : given;
  const log = await readParentTask(line, checked);
  const taskId = log[0]?.taskId ?? checked.taskId;
  if (checked.whole && taskId !== checked.taskId) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The context names task "${checked.taskId}", but its parents belong to "${taskId}".`,
      { details: { path: 'taskId' } },
    );
  }
  const { input, spent } = await summarized(line, checked, target, log);

  let draft: OpeningDraft | undefined;
  let opened: Opened | undefined;
  const planned: Parameters<typeof appendRecords>[3] = async (_head, reread) => {
    draft = await draftHandoff(line, input, taskId, target, reread ?? log, spent);
    const plan = await planOpening(line, input, draft);
    opened = plan.opened;
    return plan;
  };
  const appended = await appendRecords(line, taskId, log.at(-1), planned, line.openings);
  if (appended.status === 'known')
    return knownHandoff(line, input, (draft as OpeningDraft).context, appended.records);
  const accepted = appended.records.at(-1) as HandoffRecord;
  const led = opened as Opened;
  return led.kind === 'claimed' ? { kind: 'claimed', claim: { ...led.claim, accepted } } : led;
}

/** What the opening of a handoff would decide; nothing is written. */
export async function previewHandoff(line: Line, given: OpenInput): Promise<Opened> {
  checkIds(given);
  const target = knownAgent(line, given.target, 'target');
  const input = await checkPayload(target, given);
  const log = await readParentTask(line, input);
  const taskId = log[0]?.taskId ?? input.taskId;
  const draft = await draftHandoff(line, input, taskId, target, log, undefined);
  return (await planOpening(line, input, draft)).opened;
}

/** The ids that stores are asked for before the whole context is checked. */
function checkIds({ handoffId, taskId, parentIds }: OpenInput): void {
  const anId = 'an id of letters, digits and . _ : -, at most 128 characters';
  checkField(handoffId, isIdentifier, 'handoffId', anId);
  checkField(taskId, isIdentifier, 'taskId', anId);
  const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
  const parents = checkField(parentIds, isList, 'parentIds', 'a list of ids');
  for (const id of parents) checkField(id, isIdentifier, 'The id of a parent', anId);
}

/** The input with the summary of its state, where a model writes it; once, whatever conflicts follow. */
async function summarized(
  line: Line,
  input: OpenInput,
  target: HandoffAgent,
  log: readonly HandoffRecord[],
): Promise<{ readonly input: OpenInput; readonly spent?: Usage }> {
  if (!line.writeSummary || input.content.state === undefined) return { input };
  const { source, reason } = partiesOf(line, input, target, log);
  const named = {
    ...input.content,
    sourceAgentId: source,
    targetAgentId: target.id,
    reason,
  };
  const { filters } = line;
  const { options, usage } = await writeSummary(named, line.writeSummary, { filters });
  const { conversationSummary } = options;
  return {
    input: { ...input, content: { ...input.content, conversationSummary } },
    spent: pricedIfPossible(line, target.id, usageIn(usage)),
  };
}

/** Who hands on, and why; where the input leaves it open, the holder of the parent, as a chain does. */
function partiesOf(
  line: Line,
  { source, reason, parentIds, whole, origin, replayOf }: OpenInput,
  target: HandoffAgent,
  log: readonly HandoffRecord[],
): Pick<HandoffContext, 'reason'> & { readonly source: string } {
  const holder = log.find(({ handoffId }) => handoffId === parentIds[0])?.target;
  const id = source ?? holder ?? userId;
  const from = sourceAgent(line, id, (whole && origin !== 'own') || replayOf !== undefined);
  return { source: id, reason: reason ?? chainReason(from, target.id) };
}

async function draftHandoff(
  line: Line,
  given: OpenInput,
  taskId: string,
  target: HandoffAgent,
  log: readonly HandoffRecord[],
  spent: Usage | undefined,
): Promise<OpeningDraft> {
  if (log.some(({ type }) => type === 'erased')) throw erasedBefore(taskId);
  const now = line.clock.now();
  const input = { ...given, parentIds: joinedParents(given, log) };
  const parent = input.parentIds.length === 0 ? undefined : await loadParent(line, input, log);
  if (parent === undefined && log.length > 0 && !input.sibling) {
    throw new HandoffError(
      'INVALID_CONTEXT',
      `The task "${taskId}" exists: name the handoff that this one continues as its parent, or leave the task's id out.`,
      { details: { path: 'taskId' } },
    );
  }
  const { source, reason } = partiesOf(line, input, target, log);
  const ledger = openingLedger(line, input, log.at(-1));
  const context = buildContext(line, input, {
    source,
    target,
    reason,
    taskId,
    parent,
    ledger,
    now,
  });
  const { principal, replayOf, run, threadId } = input;
  const { origin, findingOrigins } = originOf(input, parent, context);
  const delimiter =
    origin === 'own' && findingOrigins === undefined ? undefined : line.ids('delimiter');
  const stored: StoredContext = {
    context,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(spent === undefined ? {} : { spent }),
  };
  const body = await sealBody(stored as unknown as Json, line.ids('salt'));
  const known = run && runRecord(log, input)?.runDigest;
  const runBody = run && known === undefined ? await sealRun(line, run) : undefined;
  const runDigest = known ?? runBody?.digest;
  return {
    context,
    delimiter,
    spent,
    bodies: runBody ? [body, runBody] : [body],
    parent,
    task: parent?.task ?? foldTask(log),
    now,
    requested: {
      at: toTimestamp(now),
      contextDigest: body.digest,
      continues: parent && parentDigests(input, parent),
      findingOrigins,
      handoffId: context.handoffId,
      ledger,
      origin,
      principal: log.length === 0 ? principal : undefined,
      reason,
      recordId: line.ids('record'),
      replayOf,
      runDigest,
      scope: context.scope,
      source,
      target: target.id,
      taskId,
      threadId,
      traceparent: context.traceparent,
      type: 'requested',
    },
  };
}

/** What was erased is not recorded again, by none of the handoffs that begin beside each other. */
function erasedBefore(taskId: string): HandoffError {
  return new HandoffError(
    'STORE_FAILED',
    `The content of task "${taskId}" was erased, so nothing is handed on in it any more: begin another task.`,
    { details: { taskId }, retryable: false },
  );
}

async function sealRun(line: Line, run: RunSpec): Promise<StoredBody> {
  return sealBody(plainRun(line, run), line.ids('salt'));
}

function parentDigests({ parentIds }: OpenInput, { task }: ParentHandoff): readonly string[] {
  return parentIds.map((id) => (task.handoffs.get(id) as HandoffState).newest.digest);
}

/** The task's balance, under whichever limits are tighter: its own, this manager's, the input's. */
function openingLedger(line: Line, input: OpenInput, head: HandoffRecord | undefined): Ledger {
  const before = head?.ledger ?? openLedger(line.limits);
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
