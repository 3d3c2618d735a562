import { errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { ExecutionEngine } from '../execution/execution-engine.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { RecordedInput } from '../line/handoff-run.ts';
import { refusedResult } from '../line/outcome.ts';

/** A run that an engine is asked for. */
export interface RunRequest {
  readonly workflow: string;
  readonly id: string;
  readonly input: unknown;
  /** Aborted: the run is cancelled. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Begins a run. Its result is wrapped, so that waiting for the beginning isn't waiting for the end.
 *
 * @throws HandoffError `CANCELLED` for a signal that was aborted before, and whatever the engine
 * throws: then nothing runs.
 */
export async function beginRun<Result>(
  engine: ExecutionEngine,
  { workflow, id, input, signal }: RunRequest,
): Promise<{ readonly result: Promise<Result> }> {
  refuseAborted(signal);
  await engine.submit(workflow, input, { id });
  const result = engine.result(id) as Promise<Result>;
  if (!signal) return { result };
  const cancel = (): void => void engine.cancel(id);
  signal.addEventListener('abort', cancel);
  // It may have aborted while the engine took the run.
  if (signal.aborted) cancel();
  return { result: result.finally(() => signal.removeEventListener('abort', cancel)) };
}

/**
 * Nothing begins under a signal that was aborted.
 *
 * @throws HandoffError `CANCELLED`.
 */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new HandoffError('CANCELLED', 'The signal was aborted before the handoff began.');
}

/** The result of a handoff that could not begin; a programming mistake is thrown. */
export function refusal(
  { taskId, handoffId, source = 'user', target }: RecordedInput,
  thrown: unknown,
): HandoffResult {
  if (!HandoffError.isInstance(thrown) || errorCodes[thrown.code].outcome === 'thrown') {
    throw thrown;
  }
  return refusedResult({ taskId, handoffId, source, target }, thrown.toJSON());
}
