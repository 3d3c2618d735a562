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

const dayMs = 86_400_000;
const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

/** The last time that RFC 3339 can write. */
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The day that was written last, and its date: nearly every time of a handoff falls on it. */
let day = Number.NaN;
let date = '';

/**
 * A time of a {@link Clock} as RFC 3339 UTC text with milliseconds: what `toISOString` writes, at a
 * fifth of its cost, since each handoff writes several. What comes after the year 9999 is its end.
 */
export function toTimestamp(epochMs: number): string {
  const wholeMs = Math.min(Math.trunc(epochMs), lastMs);
  const ofDay = Math.floor(wholeMs / dayMs);
  if (ofDay !== day) {
    date = new Date(ofDay * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length);
    day = ofDay;
  }
  const ms = wholeMs - ofDay * dayMs;
  const hours = twoDigits[Math.floor(ms / 3_600_000)];
  const minutes = twoDigits[Math.floor(ms / 60_000) % 60];
  const seconds = twoDigits[Math.floor(ms / 1000) % 60];
  return `${date}${hours}:${minutes}:${seconds}.${String(ms % 1000).padStart(3, '0')}Z`;
}
