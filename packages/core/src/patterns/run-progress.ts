import { derivedId } from '../line/derived-id.ts';
import type { Line } from '../line/line.ts';
import type { RunSpec } from '../line/open-input.ts';
import { readOutcome } from '../line/stored-bodies.ts';
import type { HandoffState, TaskState } from '../record/task-state.ts';
import type { ChainRunInput } from './chain-run.ts';
import type { EscalateRunInput } from './escalate-run.ts';
import { isRefusedToAll } from './failover-run.ts';
import { neededOf } from './join.ts';
import type { ParallelRunInput } from './parallel-run.ts';
import type { RouteRunInput } from './route-run.ts';
import { readThread } from './thread-turn.ts';

/**
 * Whether a run of several handoffs, none of which is open, has gone as far as it goes: its process may
 * have died between two of its steps, when nothing else tells that it is unfinished.
 */
export async function isRunOver(line: Line, task: TaskState, spec: RunSpec): Promise<boolean> {
  if (spec.workflow === 'run') return isRouteOver(line, task, spec);
  if (spec.workflow === 'parallel') return isParallelOver(task, spec);
  const { steps } = spec.input as unknown as ChainRunInput;
  const begun = steps.findIndex(({ handoffId }) => handoffId === spec.root);
  for (const { handoffId } of steps.slice(begun)) {
    const step = task.handoffs.get(handoffId);
    if (!step) return false;
    if (!(await goesOn(line, step, spec))) return true;
  }
  return true;
}

/** Whether another step follows this one, where there is another one. */
async function goesOn(line: Line, { end }: HandoffState, spec: RunSpec): Promise<boolean> {
  if (!end) return false;
  const hasFailed = end.type === 'failed';
  switch (spec.workflow) {
    case 'chain':
      return end.type === 'completed';
    case 'failover':
      return hasFailed || (end.type === 'rejected' && !isRefusedToAll(end.errorCode));
    default: {
      if (end.type !== 'completed') return hasFailed;
      const { until } = spec.input as unknown as EscalateRunInput;
      return (await readOutcome(line, end)).confidence < until;
    }
  }
}

async function isRouteOver(
  line: Line,
  task: TaskState,
  { root, input }: RunSpec,
): Promise<boolean> {
  let handoffId = root;
  for (let step = 1; ; step++) {
    const handoff = task.handoffs.get(handoffId);
    if (!handoff) return false;
    const { end } = handoff;
    if (end?.type !== 'completed' || !(await readOutcome(line, end)).transfer) break;
    handoffId = await derivedId(root, 'run', step);
  }
  const { threadId } = input as unknown as RouteRunInput;
  if (threadId === undefined) return true;
  // Its last record is there; the thread may not have it yet.
  return (await readThread(line, threadId))?.state.turn?.handoffId !== root;
}

function isParallelOver({ handoffs, records }: TaskState, { input }: RunSpec): boolean {
  const { branches, join } = input as unknown as ParallelRunInput;
  const ids = branches.map(({ handoffId }) => handoffId);
  const ends = ids.map((id) => handoffs.get(id)?.end?.type);
  const completed = ends.filter((type) => type === 'completed').length;
  const missing = ends.filter((type) => type === undefined).length;
  const needed = neededOf(join, branches.length);
  if (completed < needed) return completed + missing < needed;
  return records.some(({ type, handoffId }) => type === 'joined' && ids.includes(handoffId));
}
