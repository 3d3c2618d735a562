import { HandoffError } from '../errors/handoff-error.ts';
import { everything, narrowScope } from '../policy/narrow-scope.ts';
import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, type HandoffState, type TaskState } from '../record/task-state.ts';
import { readStore } from './append-records.ts';
import type { Line } from './line.ts';
import type { OpenInput } from './open-input.ts';
import type { Outcome } from './outcome.ts';
import {
  readContextAndOutcome,
  readOutcome,
  readStoredContext,
  type StoredContext,
} from './stored-bodies.ts';

/** The handoff that another one continues, with all that it hands down. */
export interface ParentHandoff {
  readonly task: TaskState;
  readonly handoff: HandoffState;
  readonly stored: StoredContext;
  /** Undefined while it runs. */
  readonly outcome: Outcome | undefined;
  /** What it allows, and all others that are continued beside it. */
  readonly scope: readonly string[];
}

/** The log of the task that a handoff opens in; empty for a new task. */
export async function readParentTask(
  line: Line,
  { parentIds, sibling, taskId: own }: OpenInput,
): Promise<readonly HandoffRecord[]> {
  const [parentId] = parentIds;
  if (parentId === undefined) {
    return sibling ? readStore(() => line.store.readTask(own), `read task "${own}"`) : [];
  }
  return readStore(async () => {
    const taskId = await line.store.findTask(parentId);
    return taskId === undefined ? [] : line.store.readTask(taskId);
  }, `read the parent "${parentId}"`);
}

/**
 * The parents as they are meant: whoever continues the deciding branch of a join continues all of its
 * branches.
 */
export function joinedParents(
  { parentIds, whole }: OpenInput,
  log: readonly HandoffRecord[],
): readonly string[] {
  const [parentId] = parentIds;
  if (whole) return parentIds;
  const joined = joinOf(parentId, log);
  if (!joined) return parentIds;
  const ends = new Set(joined.parents.slice(1));
  const branches = log.filter(({ digest }) => ends.has(digest)).map(({ handoffId }) => handoffId);
  return [parentId as string, ...branches.filter((id) => id !== parentId)];
}

function joinOf(
  handoffId: string | undefined,
  log: readonly HandoffRecord[],
): HandoffRecord | undefined {
  return log.find((record) => record.type === 'joined' && record.handoffId === handoffId);
}

/**
 * The first parent, checked: the store knows all of them, in one task; each has completed or runs, and
 * its holder is the source.
 */
export async function loadParent(
  line: Line,
  input: OpenInput,
  log: readonly HandoffRecord[],
): Promise<ParentHandoff> {
  const task = foldTask(log);
  const parents = input.parentIds.map((id) => checkParent(id, task.handoffs.get(id)));
  const handoff = parents[0] as HandoffState;
  checkHolder(input, parents);
  const { requested, end } = handoff;
  const [stored, outcome] = end
    ? await readContextAndOutcome(line, requested, end)
    : [await readStoredContext(line, requested), undefined];
  const joined = joinOf(input.parentIds[0], log);
  const together = joined && ((await readOutcome(line, joined)) as Pick<Outcome, 'findings'>);
  return {
    task,
    handoff,
    stored,
    outcome: outcome && together ? { ...outcome, findings: together.findings } : outcome,
    scope: parents.reduce((scope, one) => narrowScope(scope, one.requested.scope), everything),
  };
}

function checkParent(parentId: string, parent: HandoffState | undefined): HandoffState {
  if (parent === undefined) {
    throw invalid(
      `The parent "${parentId}" is not in the store: pass the result of an earlier handoff of this manager, or none to begin a new task.`,
      { parentId },
    );
  }
  const { type, target } = parent.newest;
  if (type !== 'completed' && type !== 'accepted') {
    throw invalid(
      `The parent "${parentId}" is ${type}, so "${target}" doesn't hold the task: continue from a handoff that completed or runs.`,
      { parentId, status: type },
    );
  }
  return parent;
}

function checkHolder({ source }: OpenInput, parents: readonly HandoffState[]): void {
  const holders = parents.map((parent) => parent.requested.target);
  if (source === undefined || holders.includes(source)) return;
  const [{ requested }] = parents as readonly [HandoffState];
  const parentId = requested.handoffId;
  throw invalid(
    `The source "${source}" doesn't hold the task after "${parentId}": its holder is ${holders.map((id) => `"${id}"`).join(' or ')}.`,
    { parentId, source, holder: holders[0] },
  );
}

/** Who held the task before the parent's target did; undefined where that was `user`. */
export function previousHolder({ task, handoff }: ParentHandoff): string | undefined {
  const byDigest = new Map(task.records.map(({ digest, handoffId }) => [digest, handoffId]));
  // A handoff without a parent has none by undefined either.
  const parentOf = ({ requested }: HandoffState): HandoffState | undefined =>
    task.handoffs.get(byDigest.get(requested.parents[1] as string) as string);
  // A return doesn't change whom its receiver got the task from: look before it.
  const holder = handoff.requested.target;
  let at: HandoffState | undefined = handoff;
  while (at && (at.requested.reason === 'completion' || at.requested.target !== holder)) {
    at = parentOf(at);
  }
  const before = at?.requested.source;
  return before === 'user' ? undefined : before;
}

function invalid(message: string, details: Record<string, unknown>): HandoffError {
  return new HandoffError('INVALID_CONTEXT', message, { details });
}
