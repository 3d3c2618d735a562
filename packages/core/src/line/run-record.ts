import type { HandoffRecord } from '../record/handoff-record.ts';
import type { OpenInput } from './open-input.ts';

/**
 * The record that holds the run which a handoff is a step of: that of its first step, or of whichever
 * branch was the first to open.
 */
export function runRecord(
  log: readonly HandoffRecord[],
  { run, branches }: Pick<OpenInput, 'run' | 'branches'>,
): HandoffRecord | undefined {
  return log.find(
    ({ handoffId, runDigest }) =>
      runDigest !== undefined &&
      (handoffId === run?.root || branches?.handoffIds.includes(handoffId)),
  );
}
