import type { DurableRun } from '../execution/execution-engine.ts';
import { readStore } from '../line/append-records.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import { handoffRun, recordedRun } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';

/** What every run of several handoffs is made of. Plain JSON: it is recorded with the first of them. */
export interface RunInput {
  /** Runs again what was begun: steps that are recorded are taken as they are. */
  readonly resumed?: boolean;
}

/** One step of a run; in a run that is resumed, what the step did is found by its id. */
export async function stepRun(
  line: Line,
  run: DurableRun,
  input: OpenInput,
  prefix: string,
  { resumed = false }: RunInput,
): Promise<HandoffResult> {
  if (resumed) {
    const { handoffId } = input;
    const taskId = await run.step(`${prefix}known`, () =>
      readStore(() => line.store.findTask(handoffId), `find "${handoffId}"`),
    );
    if (taskId !== undefined) return recordedRun(line, run, { ...input, taskId }, prefix);
  }
  return handoffRun(line, run, input, prefix);
}
