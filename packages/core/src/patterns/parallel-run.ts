import type { Json } from '../context/json.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import { readStore } from '../line/append-records.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { resultOf } from '../line/read-result.ts';
import { openLedger, type Share, shareOf, withLimits } from '../policy/ledger.ts';
import { narrowLimits } from '../policy/limits.ts';
import { foldTask } from '../record/task-state.ts';
import type { BranchRunInput } from './branch-run.ts';
import { failedFor, type Join, neededOf } from './join.ts';
import { joinBranches } from './join-branches.ts';
import { decidedBy, type PatternResult } from './pattern-result.ts';
import { type RunInput, settleRefusal } from './step-run.ts';

/** Branches, as an engine runs them. */
export interface ParallelRunInput extends RunInput {
  readonly branches: readonly [OpenInput, ...OpenInput[]];
  readonly join: Join;
}

/**
 * Hands the task to all targets at once, each with an equal share of the budget, and joins what they
 * answer. Branches that are not needed any more are cancelled. The steps are in the order of the targets.
 *
 * @param branchName what the engine knows `branchRun` by.
 */
export async function parallelRun(
  line: Line,
  run: DurableRun,
  input: ParallelRunInput,
  branchName: string,
): Promise<PatternResult> {
  const { branches, join, resumed = false, resumedStep } = input;
  const [{ handoffId: root }] = branches;
  const needed = neededOf(join, branches.length);
  const share = await run.step('share', () => equalShare(line, branches));
  const spec = { root, workflow: 'parallel', input: input as unknown as Json };
  const handoffIds = branches.map(({ handoffId }) => handoffId);
  const children = branches.map((open) => ({
    name: branchName,
    input: {
      open: {
        ...open,
        share,
        run: spec,
        branches: { needed, handoffIds },
        ...(open.parentIds.length === 0 ? { sibling: true } : {}),
      },
      resumed,
      ...(resumedStep && { resumedStep }),
    } satisfies BranchRunInput,
  }));
  const left = await run.all<HandoffResult>('branches', children);
  for (const [i, { input: branch }] of children.entries()) {
    // One that was refused at once may have been so before the first branch was recorded.
    await settleRefusal(line, run, branch.open, left[i] as HandoffResult, `${i}/`);
  }
  const waiting = left.find(({ status }) => status === 'awaiting-approval');
  const results = waiting
    ? await run.step('results', () => asTheyStand(line, waiting.taskId, left))
    : left;
  const completed = results.filter(({ status }) => status === 'completed').length;
  if (completed < needed) return decidedBy(failedFor(results), results);
  const joined = await run.step('join', () => joinBranches(line, { root, needed }, results));
  return decidedBy(joined, results);
}

/** The results, where a branch that waited has ended since: the others may have decided the join. */
async function asTheyStand(
  line: Line,
  taskId: string,
  results: readonly HandoffResult[],
): Promise<readonly HandoffResult[]> {
  const log = await readStore(() => line.store.readTask(taskId), `read task "${taskId}"`);
  const { handoffs } = foldTask(log);
  return Promise.all(
    results.map(async (result) => {
      const state = handoffs.get(result.handoffId);
      return result.status === 'awaiting-approval' && state?.end ? resultOf(line, state) : result;
    }),
  );
}

async function equalShare(
  line: Line,
  branches: readonly [OpenInput, ...OpenInput[]],
): Promise<Share> {
  const [{ parentIds, limits }] = branches;
  const [parentId] = parentIds;
  const log =
    parentId === undefined
      ? []
      : await readStore(async () => {
          const taskId = await line.store.findTask(parentId);
          return taskId === undefined ? [] : line.store.readTask(taskId);
        }, `read the parent "${parentId}"`);
  const ledger = log.at(-1)?.ledger ?? openLedger(line.limits);
  const narrowed = narrowLimits(narrowLimits(ledger.limits, line.limits), limits);
  return shareOf(withLimits(ledger, narrowed), branches.length);
}
