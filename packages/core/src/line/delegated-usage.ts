import { addUsage } from '../agent/usage.ts';
import { childrenOf, type TaskState } from '../record/task-state.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';
import { readOutcome } from './stored-bodies.ts';

/** The outcome with the usage of the work that the handoff gave out and that has ended. */
export async function delegatedUsage(
  line: Line,
  outcome: Outcome,
  handoffId: string,
  task: TaskState,
): Promise<Outcome> {
  let { usage } = outcome;
  for (const { end } of childrenOf(handoffId, task)) {
    if (end) usage = addUsage(usage, (await readOutcome(line, end)).usage);
  }
  return { ...outcome, usage };
}
