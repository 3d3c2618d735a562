/** The other side was not reached, didn't answer or went silent: the same request may do better. */
export class ConnectionLost extends Error {
  /** Milliseconds that the other side wants to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectionLost';
    this.retryAfterMs = options.retryAfterMs;
  }
}
