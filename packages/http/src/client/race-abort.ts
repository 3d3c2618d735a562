/** The value, or the signal's reason where that comes first. */
export function raceAbort<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
