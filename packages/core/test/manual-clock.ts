import type { Clock } from '../src/runtime/clock.ts';
import { turns } from './turns.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(start = '2026-11-24T09:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  /** Timers that are set: what waits for time, and what forgot to stop waiting. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass; what is due runs in order, each with whatever follows from it. */
  async advance(byMs: number): Promise<void> {
    const end = this.#now + byMs;
    await turns();
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await turns();
    }
    this.#now = end;
    await turns();
  }
}
