import type { Clock } from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves the time by `ms` and fires every timer that falls due on the way, at its own time: in the
   * order of their times, those of one time in the order in which they were set. Timers that are set
   * meanwhile fire too if they fall due.
   *
   * @throws RangeError where `ms` is negative or not finite: time doesn't run backwards.
   * @throws Error after 100,000 timers: one that sets itself again without a delay never ends.
   */
  advance(ms: number): void;
  /** Like `advance`, and lets promises settle before it begins, after each timer and at the end. */
  advanceAsync(ms: number): Promise<void>;
  /** Timers that are set and have neither fired nor been prevented. */
  readonly pending: number;
}

const mostTimers = 100_000;

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/**
 * A {@link ManualClock}.
 *
 * @param options.now where it begins: milliseconds since the Unix epoch, or RFC 3339 text; default
 * 2026-01-01T00:00:00Z.
 *
 * @example
 * const clock = manualClock();
 * clock.schedule(1_000, () => console.log('late'));
 * clock.advance(999); // nothing
 * clock.advance(1); // late
 */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  checkOptions('manualClock', options, optionNames);
  const { now = Date.UTC(2026, 0, 1) } = options;
  let time = typeof now === 'number' ? now : Date.parse(now);
  if (!Number.isFinite(time)) {
    throw new RangeError(`manualClock can't begin at ${now}: pass milliseconds or RFC 3339 text.`);
  }
  const timers = new Set<Timer>();

  const fireNext = (end: number): boolean => {
    let next: Timer | undefined;
    // A set keeps the order of insertion, which decides between timers of one time.
    for (const timer of timers) if (!next || timer.dueAt < next.dueAt) next = timer;
    if (!next || next.dueAt > end) return false;
    timers.delete(next);
    time = Math.max(time, next.dueAt);
    next.run();
    return true;
  };
  const endOf = (ms: number): number => {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new RangeError(`A clock can't advance by ${ms} ms: pass a number from 0.`);
    }
    return time + ms;
  };

  return {
    now: () => time,
    schedule(delayMs, run) {
      const timer = { dueAt: time + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = endOf(ms);
      for (let fired = 0; fireNext(end); fired++) refuseEndless(fired);
      time = end;
    },
    async advanceAsync(ms) {
      const end = endOf(ms);
      await promisesSettled();
      for (let fired = 0; fireNext(end); fired++) {
        refuseEndless(fired);
        await promisesSettled();
      }
      time = end;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** What {@link manualClock} takes. */
export interface ManualClockOptions {
  readonly now?: number | string;
}

const optionNames = { now: true } satisfies Record<keyof ManualClockOptions, true>;

/** A turn of the event loop: every promise that can settle without a timer has settled. */
const promisesSettled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function refuseEndless(fired: number): void {
  if (fired < mostTimers) return;
  throw new Error(`${mostTimers} timers fired in one advance: does one set itself again at once?`);
}
