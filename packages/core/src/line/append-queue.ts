import type { Clock } from '../runtime/clock.ts';

/** How long a writer may keep others waiting, in milliseconds. */
const maxTurnMs = 10_000;

/**
 * Writers of this process that were in each other's way, one after the other for each task: of many
 * that plan at once behind one head, all but one would plan for nothing, again and again.
 */
export class AppendQueue {
  readonly #clock: Clock;
  /** When the last in line for a task is done. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether somebody is in line for a task. */
  isBusy(taskId: string): boolean {
    return this.#last.has(taskId);
  }

  /** Resolves when it is the caller's turn, to what ends it. Whoever takes longer than 10 s is passed by. */
  async enter(taskId: string): Promise<() => void> {
    const before = this.#last.get(taskId);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(taskId, promise);
    await before;
    const leave = (): void => {
      disarm();
      if (this.#last.get(taskId) === promise) this.#last.delete(taskId);
      resolve();
    };
    const disarm = this.#clock.schedule(maxTurnMs, leave);
    return leave;
  }
}
