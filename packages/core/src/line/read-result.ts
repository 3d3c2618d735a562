import type { HandoffRecord } from '../record/handoff-record.ts';
import { foldTask, type HandoffState } from '../record/task-state.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import { toResult } from './outcome.ts';
import { readContextAndOutcome } from './stored-bodies.ts';

/** The result of a handoff that has ended, or waits for a decision, from its task's log. */
export async function readResult(
  line: Line,
  log: readonly HandoffRecord[],
  handoffId: string,
): Promise<HandoffResult> {
  return resultOf(line, foldTask(log).handoffs.get(handoffId) as HandoffState);
}

/** The result that a handoff's records and bodies make. */
export async function resultOf(line: Line, handoff: HandoffState): Promise<HandoffResult> {
  const { requested, accepted, newest } = handoff;
  const [{ context }, outcome] = await readContextAndOutcome(line, requested, newest);
  const began = accepted ? Date.parse(accepted.at) : Date.parse(newest.at);
  return toResult(context, outcome, Math.max(0, Date.parse(newest.at) - began));
}
