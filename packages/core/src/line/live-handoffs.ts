import type { HandoffError } from '../errors/handoff-error.ts';

interface LiveHandoff {
  readonly stop: (error: HandoffError) => void;
  readonly parentIds: readonly string[];
}

/** The handoffs whose agents this process is running now, and how to stop them. */
export class LiveHandoffs {
  readonly #live = new Map<string, LiveHandoff>();

  /** `stop` ends the agent's call with an error. Returns what forgets the handoff again. */
  add(handoffId: string, parentIds: readonly string[], stop: LiveHandoff['stop']): () => void {
    this.#live.set(handoffId, { stop, parentIds });
    return () => this.#live.delete(handoffId);
  }

  /** Stops a handoff, and first every handoff that was opened under it and still runs. */
  stop(handoffId: string, error: HandoffError): void {
    for (const [childId, { parentIds }] of this.#live) {
      if (parentIds.includes(handoffId)) this.stop(childId, error);
    }
    this.#live.get(handoffId)?.stop(error);
  }
}
