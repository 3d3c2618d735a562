import { checkOptions } from '@agent-handoff/core/adapter';
import { type HandoffUpdate, isHandoffUpdate } from './handoff-update.ts';

/** What is looked at of the steps of a response. */
export interface StepLike {
  readonly toolResults: readonly { readonly output?: unknown }[];
}

/** The transfer that was accepted in the last of these steps. */
export function findTransfer(
  steps: readonly StepLike[],
): (HandoffUpdate & { readonly handoffId: string }) | undefined {
  for (const { output } of steps.at(-1)?.toolResults ?? []) {
    if (isHandoffUpdate(output) && output.status === 'accepted' && output.handoffId !== undefined) {
      return { ...output, handoffId: output.handoffId };
    }
  }
  return undefined;
}

/**
 * A stop condition: the response ends after a step in which a transfer was accepted, and after
 * `maxSteps` (default 20), because a stop condition takes the place of the AI SDK's own limit.
 */
export function acceptedTransfer(
  options: { readonly maxSteps?: number } = {},
): (state: { readonly steps: readonly StepLike[] }) => boolean {
  checkOptions('acceptedTransfer', options, { maxSteps: true });
  const { maxSteps = 20 } = options;
  return ({ steps }) => steps.length >= maxSteps || findTransfer(steps) !== undefined;
}
