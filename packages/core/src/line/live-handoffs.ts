import type { HandoffError } from '../errors/handoff-error.ts';

interface LiveHandoff {
  readonly handoffId: string;
  readonly parentIds: readonly string[];
  readonly stop: (error: HandoffError) => void;
}

/** The attempts of handoffs whose agents this process is running now, and how to stop them. */
export class LiveHandoffs {
  readonly #live = new Set<LiveHandoff>();

  /** `stop` ends the agent's call with an error. Returns what forgets the attempt again. */
  add(handoffId: string, parentIds: readonly string[], stop: LiveHandoff['stop']): () => void {
    const attempt = { handoffId, parentIds, stop };
    this.#live.add(attempt);
    return () => this.#live.delete(attempt);
  }

  /** Stops a handoff, and first every handoff that was opened under it and still runs. */
  stop(handoffId: string, error: HandoffError): void {
    for (const child of this.#live) {
      if (child.parentIds.includes(handoffId)) this.stop(child.handoffId, error);
    }
    for (const own of this.#live) if (own.handoffId === handoffId) own.stop(error);
  }
}
