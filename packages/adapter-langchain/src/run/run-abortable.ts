/**
 * Runs `work` with a signal that aborts when one of `signals` does, when `work` calls `abort`, and when
 * `work` is given up. Rejects at once on an abort, with its reason, also where `work` pays no heed.
 */
export async function runAbortable<Result>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal, abort: (reason: unknown) => void) => Promise<Result>,
): Promise<Result> {
  for (const signal of signals) signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = (reason: unknown): void => controller.abort(reason);
  const followed = [...new Set(signals)].flatMap((signal) => {
    if (signal === undefined) return [];
    const follow = (): void => abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    return () => signal.removeEventListener('abort', follow);
  });
  try {
    return await new Promise<Result>((resolve, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), {
        once: true,
      });
      work(controller.signal, abort).then(resolve, reject);
    });
  } catch (thrown) {
    if (controller.signal.aborted) throw controller.signal.reason;
    abort(thrown);
    throw thrown;
  } finally {
    for (const unfollow of followed) unfollow();
  }
}
