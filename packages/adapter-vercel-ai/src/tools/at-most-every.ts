import { type Clock, systemClock } from '@agent-handoff/core';

/** How often something is told. */
export interface Pace {
  /** The least milliseconds between two tellings. */
  readonly everyMs: number;
  /** Default the machine's. */
  readonly clock?: Clock;
}

/** The names of a {@link Pace}. */
export const paceOptions = {
  everyMs: true,
  clock: true,
} satisfies Record<keyof Pace, true>;

/**
 * Yields soon after news, and then at most once in `everyMs` however much there is, until `follow` has
 * ended. News since the last yield is not yielded then.
 *
 * @param follow calls `tell` for each piece of news; what it throws ends it.
 */
export async function* atMostEvery(
  { everyMs, clock = systemClock }: Pace,
  follow: (tell: () => void) => Promise<void>,
): AsyncGenerator<void, void, undefined> {
  let isNews = false;
  let isDue = true;
  let ended = false;
  let wake = (): void => {};
  let disarm = (): void => {};
  const tell = (): void => {
    isNews = true;
    wake();
  };
  const end = (): void => {
    ended = true;
    wake();
  };
  follow(tell).then(end, end);
  try {
    while (!ended) {
      if (isNews && isDue) {
        isNews = false;
        isDue = false;
        disarm = clock.schedule(everyMs, () => {
          isDue = true;
          wake();
        });
        yield;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    disarm();
  }
}
