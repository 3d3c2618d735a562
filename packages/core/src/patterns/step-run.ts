import type { DurableRun } from '../execution/execution-engine.ts';
import { readStore } from '../line/append-records.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import { handoffRun, recordedRun } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import { recordRefusal } from '../line/record-refusal.ts';

/** What every run of several handoffs is made of. Plain JSON: it is recorded with the first of them. */
export interface RunInput {
  /** Runs again what was begun: steps that are recorded are taken as they are. */
  readonly resumed?: boolean;
  /** The step that it is resumed for, and the milliseconds that its attempt has. */
  readonly resumedStep?: { readonly handoffId: string; readonly timeoutMs: number };
}

/** One step of a run; in a run that is resumed, what the step did is found by its id. */
export async function stepRun(
  line: Line,
  run: DurableRun,
  input: OpenInput,
  prefix: string,
  { resumed = false, resumedStep }: RunInput,
): Promise<HandoffResult> {
  if (resumed) {
    const { handoffId } = input;
    const taskId = await run.step(`${prefix}known`, () =>
      readStore(() => line.store.findTask(handoffId), `find "${handoffId}"`),
    );
    const given = resumedStep?.handoffId === handoffId ? resumedStep : {};
    if (taskId !== undefined) return recordedRun(line, run, { ...input, ...given, taskId }, prefix);
  }
  const result = await handoffRun(line, run, input, prefix);
  await settleRefusal(line, run, input, result, prefix);
  return result;
}

/** Sees to it that a step which was refused is recorded, as far as that can be. */
export async function settleRefusal(
  line: Line,
  run: DurableRun,
  input: OpenInput,
  { status, error, returnedContext }: HandoffResult,
  prefix: string,
): Promise<void> {
  // What has a context is recorded.
  if (returnedContext || (status !== 'rejected' && status !== 'cancelled')) return;
  await run.step(`${prefix}refused`, async () => {
    try {
      await recordRefusal(line, input, error);
    } catch {
      // Its caller is told of the refusal; who looks for what was left finds the run, and is told too.
    }
  });
}
