import { addUsage } from '../agent/usage.ts';
import { descendantsOf, type TaskState } from '../record/task-state.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';
import { readOutcome } from './stored-bodies.ts';

/**
 * The outcome with the usage of all work that was done under the handoff while it ran, however deep:
 * of each handoff there its own, so that nothing counts twice.
 */
export async function delegatedUsage(
  line: Line,
  outcome: Outcome,
  handoffId: string,
  task: TaskState,
): Promise<Outcome> {
  const own = outcome.ownUsage ?? outcome.usage;
  let usage = own;
  for (const { newest } of descendantsOf(handoffId, task)) {
    if (newest.outcomeDigest === undefined) continue;
    const under = await readOutcome(line, newest);
    usage = addUsage(usage, under.ownUsage ?? under.usage);
  }
  return usage === own ? outcome : { ...outcome, ownUsage: own, usage };
}
