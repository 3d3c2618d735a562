/**
 * Runs with a signal of its own, which aborts with the caller's and where the run fails, so that no
 * socket is left open. An abort rejects at once with the caller's reason, whatever the run waits for.
 *
 * @param toError what a failure of the run is told as.
 */
export function runAbortable<Result>(
  signal: AbortSignal,
  run: (abort: AbortController) => Promise<Result>,
  toError: (thrown: unknown) => Error,
): Promise<Result> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const abort = new AbortController();
  return new Promise<Result>((resolve, reject) => {
    const onAbort = (): void => {
      abort.abort(signal.reason);
      reject(signal.reason);
    };
    const onFailure = (thrown: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      abort.abort();
      // After an abort it is told already.
      if (!signal.aborted) reject(toError(thrown));
    };
    const onSuccess = (result: Result): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    signal.addEventListener('abort', onAbort);
    run(abort).then(onSuccess, onFailure);
  });
}
