import type { Clock } from '@agent-handoff/core';

/** What comes in time; undefined where nothing does. */
export async function within<Value>(
  clock: Clock,
  ms: number,
  value: Promise<Value>,
): Promise<Value | undefined> {
  let disarm = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    disarm = clock.schedule(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    disarm();
  }
}
