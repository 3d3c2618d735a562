import type { EndingDecision } from '../agent/approval-decision.ts';
import type { HandoffState } from '../record/task-state.ts';
import type { Line } from './line.ts';
import { readStoredContext } from './stored-bodies.ts';

/**
 * Lets an agent whose work is in another process end a handoff there. Nothing to do for one that its
 * agent was never given: a policy may have held it back.
 *
 * @throws Whatever the agent's `endHandoff` does, and HandoffError `STORE_FAILED`.
 */
export async function endElsewhere(
  line: Line,
  { requested, accepted }: HandoffState,
  ending: EndingDecision,
): Promise<void> {
  const agent = line.agents.get(requested.target);
  if (!agent?.endHandoff || !accepted || line.standIns.has(requested.handoffId)) return;
  const { context } = await readStoredContext(line, requested);
  await agent.endHandoff(context, ending);
}

/** {@link endElsewhere} for ends that are recorded, and stand whether or not they get there. */
export async function cancelElsewhere(line: Line, ended: readonly HandoffState[]): Promise<void> {
  const answers = await Promise.allSettled(
    ended.map((handoff) => endElsewhere(line, handoff, { type: 'cancel' })),
  );
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
}
