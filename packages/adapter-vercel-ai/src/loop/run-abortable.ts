/**
 * Runs with a signal of its own, which aborts with the caller's and where the run fails, so that no
 * socket is left open. An abort rejects at once with the caller's reason, whatever the run waits for.
 *
 * @param toError what a failure of the run is told as.
 */
export async function runAbortable<Result>(
  signal: AbortSignal,
  run: (abort: AbortController) => Promise<Result>,
  toError: (thrown: unknown) => Error,
): Promise<Result> {
  signal.throwIfAborted();
  const abort = new AbortController();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      abort.abort(signal.reason);
      reject(signal.reason);
    };
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([run(abort), aborted]);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    abort.abort();
    throw toError(thrown);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
