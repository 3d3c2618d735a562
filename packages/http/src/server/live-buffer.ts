import type { EventChannel, LiveEvent } from '@agent-handoff/core';

/** Live events that wait for a reader at most; more of them are a gap. */
const maxWaiting = 1_000;

/**
 * The live events of a task from the moment it is made, until it is closed. Bounded: a reader that is
 * too slow loses live events and learns of it.
 */
export class LiveBuffer {
  #waiting: LiveEvent[] = [];
  #lost = false;
  #onEvent = (): void => {};
  readonly #leave: () => void;

  constructor(channel: EventChannel, taskId: string) {
    this.#leave = channel.subscribe(taskId, (event) => {
      if (this.#waiting.length >= maxWaiting) {
        this.#waiting = [];
        this.#lost = true;
      }
      this.#waiting.push(event);
      this.#onEvent();
    });
  }

  /** Whether events were lost since this was asked last. */
  takeLoss(): boolean {
    const lost = this.#lost;
    this.#lost = false;
    return lost;
  }

  /** Takes out the events of the handoffs that are ready to be told; those of others stay. */
  take(isReady: (handoffId: string) => boolean): readonly LiveEvent[] {
    if (this.#waiting.length === 0) return [];
    const ready = this.#waiting.filter(({ handoffId }) => isReady(handoffId));
    if (ready.length > 0) {
      this.#waiting = this.#waiting.filter(({ handoffId }) => !isReady(handoffId));
    }
    return ready;
  }

  /** Calls `listener` at each event that comes. */
  onEvent(listener: () => void): void {
    this.#onEvent = listener;
  }

  close(): void {
    this.#leave();
    this.#onEvent = () => {};
  }
}
