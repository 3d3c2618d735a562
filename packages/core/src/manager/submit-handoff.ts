import type { HandoffContext } from '../context/handoff-context.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffResult, UnfinishedHandoff } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import { openHandoff } from '../line/open-handoff.ts';
import type { OpenInput } from '../line/open-input.ts';
import { refusal, refuseAborted } from './engine-run.ts';
import type { RunOptions } from './handoff-input.ts';
import type { SubmittedHandoff } from './handoff-manager.ts';
import { endUnbegun } from './task-log.ts';
import { fromContext } from './to-open-input.ts';
import type { WorkRunner } from './work-runner.ts';

/** Records a request, to be executed later. */
export async function requestHandoff(line: Line, open: OpenInput): Promise<HandoffContext> {
  const opened = await openHandoff(line, { ...open, accept: false });
  if (opened.kind === 'requested') return opened.context;
  // Requesting alone never runs anything, so what is settled here was refused.
  const { error } = (opened as { result: UnfinishedHandoff<'rejected'> }).result;
  throw HandoffError.fromJSON(error);
}

/** Records a request, and begins it. */
export async function submitHandoff(
  line: Line,
  work: WorkRunner,
  open: OpenInput,
  { signal, timeoutMs, idempotencyKey }: RunOptions,
): Promise<SubmittedHandoff | HandoffResult> {
  let context: HandoffContext;
  try {
    refuseAborted(signal);
    const opened = await openHandoff(line, { ...open, accept: false });
    if (opened.kind !== 'requested') return (opened as { result: HandoffResult }).result;
    context = opened.context;
  } catch (thrown) {
    return refusal(open, thrown);
  }
  const { taskId, handoffId } = context;
  const recorded = fromContext(context, timeoutMs === undefined ? {} : { timeoutMs });
  try {
    await work.submit(recorded, signal);
    return { taskId, handoffId, status: 'requested' };
  } catch (thrown) {
    const canAskAgain = open.whole || idempotencyKey !== undefined;
    if (canAskAgain && !signal?.aborted) return refusal(recorded, thrown);
    return endUnbegun(line, handoffId, thrown);
  }
}
