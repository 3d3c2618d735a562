import {
  type HandoffAgent,
  HandoffError,
  type HandoffManager,
  type HandoffStream,
} from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';
import { findTransfer, type StepLike } from './accepted-transfer.ts';

/** What is read of a response: the result of `generateText` or `streamText`. */
export interface Response {
  readonly steps: PromiseLike<readonly StepLike[]> | readonly StepLike[];
}

/**
 * Waits for the end of a response and, where it ended with an accepted transfer, lets the target
 * answer, or whoever that hands the conversation on to; undefined where it ended otherwise.
 *
 * @param options.signal aborted: the handoff is cancelled.
 * @throws HandoffError `HANDOFF_NOT_FOUND` where the manager doesn't know the handoff.
 */
export async function continueTransfer<Agent extends HandoffAgent>(
  response: Response,
  options: { readonly manager: HandoffManager<Agent>; readonly signal?: AbortSignal },
): Promise<HandoffStream | undefined> {
  checkOptions('continueTransfer', options, { manager: true, signal: true });
  const { manager, signal } = options;
  const transfer = findTransfer(await response.steps);
  if (transfer === undefined) return undefined;
  const { handoffId } = transfer;
  const entry = await manager.get(handoffId);
  if (entry === undefined) {
    throw new HandoffError('HANDOFF_NOT_FOUND', `The manager knows no handoff "${handoffId}".`, {
      details: { handoffId },
    });
  }
  // It isn't begun any more, and nobody else would end it.
  if (signal?.aborted) await manager.cancel(handoffId);
  return manager.streamRun(entry.context, signal === undefined ? {} : { signal });
}
