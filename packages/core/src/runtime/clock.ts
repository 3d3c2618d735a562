/** Time, as a port: everything that reads or waits for time does it here. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Calls `run` once after `delayMs` milliseconds and returns a function that prevents it. The timer
   * keeps the process alive: a deadline that the process doesn't live to see is no deadline.
   */
  schedule(delayMs: number, run: () => void): () => void;
}

/** The longest delay that `setTimeout` honours; longer ones fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, run) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > longestDelayMs
          ? setTimeout(() => wait(leftMs - longestDelayMs), longestDelayMs)
          : setTimeout(run, leftMs);
    };
    wait(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** A time of a {@link Clock} as RFC 3339 UTC text with milliseconds. */
export function toTimestamp(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
