import type { ApprovalDecision } from '../agent/approval-decision.ts';
import { checkFields, checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { RecordedInput } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import type { RunSpec } from '../line/open-input.ts';
import { recordDecision } from '../line/record-decision.ts';
import { readBody, readOutcome } from '../line/stored-bodies.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, type HandoffState, runDigestOf, type TaskState } from '../record/task-state.ts';
import { logOf, notFound } from './task-log.ts';
import { checkTimeout } from './to-open-input.ts';
import type { Workflow } from './workflows.ts';

/** How `resume` is called. */
export interface ResumeOptions {
  /** Who decides; recorded. */
  readonly by?: string;
  /** Aborted: what is resumed is cancelled. */
  readonly signal?: AbortSignal;
  /** Milliseconds from acceptance to the end; tighter than the limit `timeoutMs`, for this handoff only. */
  readonly timeoutMs?: number;
}

const resumeOptions = {
  by: true,
  signal: true,
  timeoutMs: true,
} satisfies Record<keyof ResumeOptions, true>;

/** What is to be run again, to go on from where its log ends. */
export interface UnfinishedWork {
  readonly workflow: Workflow;
  readonly input: unknown;
  /** What a refusal is about. */
  readonly first: RecordedInput;
  /** The task's records before the decision, oldest first. */
  readonly before: readonly HandoffRecord[];
}

/**
 * Records the decision, where there is one, and finds the work that the handoff belongs to: the run of
 * several handoffs that it is a step of, or the handoff whose agent waits for it.
 *
 * @throws HandoffError `HANDOFF_NOT_FOUND`, `INVALID_CONFIGURATION` for a timeout or a decision that is
 * none, and as `recordDecision` does.
 */
export async function findUnfinished(
  line: Line,
  handoffId: string,
  decision: ApprovalDecision | undefined,
  options: ResumeOptions,
  method: string,
): Promise<UnfinishedWork> {
  checkOptions(method, options, resumeOptions);
  const { by, timeoutMs, signal } = options;
  checkTimeout(timeoutMs);
  const log = await logOf(line, handoffId);
  if (log.length === 0) throw notFound('handoff', { handoffId });
  if (decision) {
    checkDecision(decision);
    const decided = { decision, ...(by === undefined ? {} : { by }) };
    // Whoever has given up already decides nothing.
    if (signal?.aborted !== true) await recordDecision(line, log, handoffId, decided);
  }
  const task = foldTask(log);
  const { requested } = await whoWaits(line, task, task.handoffs.get(handoffId) as HandoffState);
  const { taskId, source, target, replayOf, scope } = requested;
  const runDigest = runDigestOf(log, requested.handoffId);
  const first: RecordedInput = {
    taskId,
    handoffId: requested.handoffId,
    source,
    target,
    // A replay without tools has an empty scope.
    ...(replayOf === undefined || scope.length > 0 ? {} : { routes: 'none' }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  if (runDigest === undefined) return { workflow: 'recorded', input: first, first, before: log };
  const { workflow, input } = (await readBody(line, requested, runDigest)) as RunSpec;
  return {
    workflow: workflow as Workflow,
    input: {
      ...(input as object),
      resumed: true,
      ...(timeoutMs === undefined
        ? {}
        : { resumedStep: { handoffId: requested.handoffId, timeoutMs } }),
    },
    first,
    before: log,
  };
}

/** The handoff itself, or the one at the top of those whose agents wait for it. */
async function whoWaits(line: Line, task: TaskState, handoff: HandoffState): Promise<HandoffState> {
  const { parents, handoffId } = handoff.requested;
  for (const parent of task.handoffs.values()) {
    if (parent.newest.type !== 'approval-requested' || !hasAny(parent, parents, task)) continue;
    const { waitsFor = [] } = await readOutcome(line, parent.newest);
    if (waitsFor.some((child) => child.handoffId === handoffId)) {
      return whoWaits(line, task, parent);
    }
  }
  return handoff;
}

/** Whether a handoff is among those that another one continues. */
function hasAny(
  { requested }: HandoffState,
  digests: readonly string[],
  { records }: TaskState,
): boolean {
  const isParent = (record: HandoffRecord): boolean =>
    record.handoffId === requested.handoffId && digests.includes(record.digest);
  return records.some(isParent);
}

type FieldsOf<Type> = Record<keyof Extract<ApprovalDecision, { readonly type: Type }>, true>;

const decisionFields = {
  approve: { type: true } satisfies FieldsOf<'approve'>,
  deny: { type: true, reason: true } satisfies FieldsOf<'deny'>,
  answer: {
    type: true,
    output: true,
    data: true,
    findings: true,
    confidence: true,
  } satisfies FieldsOf<'answer'>,
};

function checkDecision(decision: ApprovalDecision): void {
  const type: unknown = decision?.type;
  const isAnswer = typeof (decision as { output?: unknown })?.output === 'string';
  if (type === 'approve' || type === 'deny' || (type === 'answer' && isAnswer)) {
    checkFields(`A decision to ${type}`, decision, decisionFields[type]);
    return;
  }
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The decision is ${JSON.stringify(decision)}: give { type: 'approve' }, { type: 'deny', reason } or { type: 'answer', output }.`,
  );
}
