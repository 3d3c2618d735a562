/** Resolves when a promise has settled, however; or when the signal aborts, which may have happened. */
export function settledOrAborted(
  promise: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      signal?.removeEventListener('abort', go);
      resolve();
    };
    signal?.addEventListener('abort', go);
    promise.then(go, go);
    if (signal?.aborted) go();
  });
}
