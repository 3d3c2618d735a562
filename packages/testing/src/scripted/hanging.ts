/** A reply that never comes, not even when the signal aborts: for the bounds that must hold anyway. */
export const never: unique symbol = Symbol('agent-handoff.testing.never');

/** A reply that comes when the signal aborts: it throws the signal's reason, as a good agent does. */
export const untilAborted: unique symbol = Symbol('agent-handoff.testing.untilAborted');

/** Resolves never; with a signal, rejects with its reason when it aborts. */
export function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (!signal) return;
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts. */
export async function untilAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const watch = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true, signal: watch.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    watch.abort();
  }
}
