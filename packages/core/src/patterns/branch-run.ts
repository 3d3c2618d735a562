import { HandoffError } from '../errors/handoff-error.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import { readStore } from '../line/append-records.ts';
import { type Branches, decidedJoin } from '../line/branches.ts';
import { endHandoff } from '../line/end-handoff.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { foldTask } from '../record/task-state.ts';
import { type RunInput, stepRun } from './step-run.ts';

/** One branch of several, as an engine runs it. */
export interface BranchRunInput extends RunInput {
  readonly open: OpenInput & { readonly branches: Branches };
}

/** One branch; when it has ended, and with it the join is made or can't be any more, the others are ended. */
export async function branchRun(
  line: Line,
  run: DurableRun,
  input: BranchRunInput,
): Promise<HandoffResult> {
  const result = await stepRun(line, run, input.open, '', input);
  await run.step('settle', () => endLosers(line, input.open.branches, result));
  return result;
}

async function endLosers(
  line: Line,
  branches: Branches,
  { taskId, handoffId, status }: HandoffResult,
): Promise<void> {
  if (status === 'awaiting-approval') return;
  const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
  const task = foldTask(log);
  const { handoffs } = task;
  const { needed, handoffIds } = branches;
  const decided = decidedJoin(branches, task, handoffs.has(handoffId) ? 0 : 1);
  if (!decided) return;
  for (const id of handoffIds) {
    const branch = handoffs.get(id);
    if (!branch || branch.end) continue;
    const error = new HandoffError(
      'CANCELLED',
      decided === 'made'
        ? `The branch to "${branch.requested.target}" was cancelled: ${needed} of ${handoffIds.length} branches have completed, and no more are needed.`
        : `The branch to "${branch.requested.target}" was cancelled: too many of the others have failed for ${needed} of ${handoffIds.length} to complete.`,
      { details: { needed } },
    );
    await endHandoff(line, log, id, error);
  }
}
