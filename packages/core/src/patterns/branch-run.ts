import { HandoffError } from '../errors/handoff-error.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import { readStore } from '../line/append-records.ts';
import { endHandoff } from '../line/end-handoff.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { foldTask } from '../record/task-state.ts';
import { type RunInput, stepRun } from './step-run.ts';

/** One branch of several, as an engine runs it. */
export interface BranchRunInput extends RunInput {
  readonly open: OpenInput;
  /** How many branches have to complete. */
  readonly needed: number;
  /** Of all branches. */
  readonly handoffIds: readonly string[];
}

/** One branch; when it has ended, and with it the join is made or can't be any more, the others are ended. */
export async function branchRun(
  line: Line,
  run: DurableRun,
  input: BranchRunInput,
): Promise<HandoffResult> {
  const result = await stepRun(line, run, input.open, '', input);
  await run.step('settle', () => endLosers(line, input, result));
  return result;
}

async function endLosers(
  line: Line,
  { needed, handoffIds }: BranchRunInput,
  { taskId, handoffId, status }: HandoffResult,
): Promise<void> {
  if (status === 'awaiting-approval') return;
  const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
  const { handoffs } = foldTask(log);
  const ends = handoffIds.map((id) => handoffs.get(id)?.end?.type);
  const completed = ends.filter((type) => type === 'completed').length;
  const own = handoffs.has(handoffId) ? 0 : 1;
  const open = ends.filter((type) => type === undefined).length - own;
  const isMade = completed >= needed;
  if (!isMade && completed + open >= needed) return;
  for (const id of handoffIds) {
    const branch = handoffs.get(id);
    if (!branch || branch.end) continue;
    const error = new HandoffError(
      'CANCELLED',
      isMade
        ? `The branch to "${branch.requested.target}" was cancelled: ${needed} of ${handoffIds.length} branches have completed, and no more are needed.`
        : `The branch to "${branch.requested.target}" was cancelled: too many of the others have failed for ${needed} of ${handoffIds.length} to complete.`,
      { details: { needed, completed } },
    );
    await endHandoff(line, log, id, error);
  }
}
