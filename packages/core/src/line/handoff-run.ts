import { errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { DurableRun } from '../execution/execution-engine.ts';
import { awaitHandoff } from './await-handoff.ts';
import type { Opened } from './claim.ts';
import { closeHandoff } from './close-handoff.ts';
import type { HandoffResult } from './handoff-result.ts';
import type { Line } from './line.ts';
import { openHandoff } from './open-handoff.ts';
import type { OpenInput } from './open-input.ts';
import { refusedResult } from './outcome.ts';
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
  let opened = await run.step(`${prefix}open`, ({ signal }) => open(line, input, signal));
  for (let turn = 1; ; turn++) {
    if (opened.kind === 'settled') return opened.result;
    if (opened.kind === 'claimed') {
      const { claim } = opened;
      const outcome = await run.step(`${prefix}run/${turn}`, ({ signal }) =>
        runHandoff(line, claim, signal),
      );
      return run.step(`${prefix}close/${turn}`, () => closeHandoff(line, claim, outcome));
    }
    const { timeoutMs, limits } = input;
    const waiting = { ...recorded(opened), timeoutMs, limits };
    opened = await run.step(`${prefix}await/${turn}`, ({ signal }) =>
      refusable(input, () => awaitHandoff(line, waiting, signal)),
    );
  }
}

async function open(line: Line, input: OpenInput, signal: AbortSignal): Promise<Opened> {
  return refusable(input, async () => {
    if (signal.aborted) throw HandoffError.from(signal.reason, 'CANCELLED');
    return openHandoff(line, input);
  });
}

function recorded(opened: Exclude<Opened, { kind: 'settled' | 'claimed' }>): {
  taskId: string;
  handoffId: string;
} {
  const { taskId, handoffId } = opened.kind === 'requested' ? opened.context : opened;
  return { taskId, handoffId };
}

/** A refusal before anything was written is a result; a programming mistake is thrown. */
async function refusable(input: OpenInput, act: () => Promise<Opened>): Promise<Opened> {
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
