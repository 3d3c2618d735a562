import type { HandoffEvent } from '../events/handoff-event.ts';
import { settledOrAborted } from '../runtime/settled-or-aborted.ts';

/** Events kept in order for any number of readers. */
export class EventFeed {
  readonly #events: HandoffEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;
  #fault: { readonly thrown: unknown } | undefined;

  push(event: HandoffEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  end(thrown?: unknown): void {
    if (!this.#ended && thrown !== undefined) this.#fault = { thrown };
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async *read(left: AbortSignal): AsyncGenerator<HandoffEvent, void, undefined> {
    for (let next = 0; !left.aborted; ) {
      const event = this.#events[next];
      if (event !== undefined) {
        next++;
        yield event;
      } else if (this.#ended) {
        if (this.#fault) throw this.#fault.thrown;
        return;
      } else {
        await settledOrAborted(new Promise<void>((resolve) => this.#waiting.add(resolve)), left);
      }
    }
  }
}
