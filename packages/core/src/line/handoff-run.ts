import { errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import { foldTask } from '../record/task-state.ts';
import { awaitHandoff } from './await-handoff.ts';
import type { Begun, Claim } from './claim.ts';
import { closeHandoff } from './close-handoff.ts';
import { endElsewhere } from './end-elsewhere.ts';
import { endGivenOut } from './end-handoff.ts';
import { handoffIn } from './handoff-in.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import { openHandoff } from './open-handoff.ts';
import type { OpenInput } from './open-input.ts';
import { type Outcome, refusedResult } from './outcome.ts';
import { runHandoff } from './run-handoff.ts';

/**
 * One handoff, from its opening to its result: context, policy, execution, record. Its steps are
 * engine steps, named under `prefix`, so that patterns can run several in one run.
 */
export async function handoffRun(
  line: Line,
  run: DurableRun,
  input: OpenInput,
  prefix = '',
): Promise<HandoffResult> {
  const opened = await run.step(`${prefix}open`, ({ signal }) => open(line, input, signal));
  return await settleRun(line, run, opened, input, prefix);
}

/** A handoff that is recorded, and how its attempts are to be made. */
export type RecordedInput = Pick<
  OpenInput,
  'taskId' | 'handoffId' | 'source' | 'target' | 'timeoutMs' | 'limits' | 'share' | 'routes' | 'run'
>;

/** {@link handoffRun} for a handoff that is recorded: it goes on from where its log ends. */
export async function recordedRun(
  line: Line,
  run: DurableRun,
  input: RecordedInput,
  prefix = '',
): Promise<HandoffResult> {
  const { taskId, handoffId } = input;
  return settleRun(line, run, { kind: 'elsewhere', taskId, handoffId }, input, prefix);
}

/** Brings what was opened, by whom ever, to its result, or to where it waits for a decision. */
async function settleRun(
  line: Line,
  run: DurableRun,
  first: Begun,
  input: RecordedInput,
  prefix: string,
): Promise<HandoffResult> {
  let opened = first;
  for (let turn = 1; ; turn++) {
    if (opened.kind === 'settled') return opened.result;
    if (opened.kind === 'waiting') {
      if (await stillWaits(line, run, opened, `${prefix}under/${turn}/`)) return opened.result;
    } else if (opened.kind === 'claimed') {
      const { claim } = opened;
      const outcome = await run.step(`${prefix}run/${turn}`, ({ signal }) =>
        runHandoff(line, claim, signal, input.routes),
      );
      const result = await run.step(`${prefix}close/${turn}`, () => close(line, claim, outcome));
      // What it waits for may have been decided while it ended to wait.
      if (result && (result.status !== 'awaiting-approval' || !outcome.waitsFor)) return result;
    }
    const { handoffId, timeoutMs, limits, share } = input;
    const { taskId } = opened.kind === 'claimed' ? opened.claim.context : opened;
    const waiting = { taskId, handoffId, timeoutMs, limits, share, run: input.run };
    opened = await run.step(`${prefix}await/${turn}`, ({ signal }) =>
      refusable(input, () => awaitHandoff(line, waiting, signal)),
    );
  }
}

/** Records the end; what was given out ends with a handoff that ends without it. */
async function close(
  line: Line,
  claim: Claim,
  outcome: Outcome,
): Promise<HandoffResult | undefined> {
  const result = await closeHandoff(line, claim, outcome);
  if (!result && outcome.status === 'awaiting-approval') {
    endWaiting(line, claim).catch(() => {});
  }
  if (!result || result.success || result.status === 'awaiting-approval') return result;
  try {
    await endGivenOut(line, result);
  } catch {
    // The end is recorded all the same; what is left ends at its own deadline.
  }
  return result;
}

/** An agent that ended to wait when its handoff had ended would wait, where it is, for nobody. */
async function endWaiting(line: Line, { context: { taskId, handoffId } }: Claim): Promise<void> {
  const handoff = handoffIn(foldTask(await line.store.readTask(taskId)), handoffId);
  if (handoff.end) await endElsewhere(line, handoff, { type: 'cancel' });
}

/** Work that an agent gave out is brought on; whether any of it still waits for a decision. */
async function stillWaits(
  line: Line,
  run: DurableRun,
  { taskId, waitsFor }: Extract<Begun, { kind: 'waiting' }>,
  prefix: string,
): Promise<boolean> {
  let waits = false;
  for (const [i, under] of waitsFor.entries()) {
    const result = await recordedRun(line, run, { taskId, ...under }, `${prefix}${i}/`);
    if (result.status === 'awaiting-approval') waits = true;
  }
  return waits;
}

function open(line: Line, input: OpenInput, signal: AbortSignal): Promise<Begun> {
  return refusable(input, () => {
    if (signal.aborted) throw HandoffError.from(signal.reason, 'CANCELLED');
    // What runs is accepted too, not only requested.
    return openHandoff(line, input) as Promise<Begun>;
  });
}

/** A refusal before anything was written is a result; a programming mistake is thrown. */
async function refusable(input: RecordedInput, act: () => Promise<Begun>): Promise<Begun> {
  try {
    return await act();
  } catch (thrown) {
    if (!HandoffError.isInstance(thrown) || errorCodes[thrown.code].outcome === 'thrown') {
      throw thrown;
    }
    const { taskId, handoffId, source = 'user', target } = input;
    return {
      kind: 'settled',
      result: refusedResult({ taskId, handoffId, source, target }, thrown.toJSON()),
    };
  }
}
