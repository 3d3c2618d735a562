import type { Clock } from '@agent-handoff/core';

/** A request as the routes see it, whichever kind of server it came to. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query as they were sent: `/agents/handoffs?timeoutMs=100`. */
  readonly target: string;
  readonly headers: { get(name: string): string | null };
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** What the application's own functions are given: Fetch's request, or the server's. */
  readonly native: unknown;
  /** Reads the body, once; undefined where there is none. Never rejects. */
  readBody(limits: BodyLimits): Promise<ReceivedBody | undefined>;
}

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  /** Bytes that are kept at most; of a larger body none. */
  readonly keepBytes: number;
  /** Bytes that are read at most, so that a client gets to see its refusal. */
  readonly drainBytes: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** What came of reading a body. */
export interface ReceivedBody {
  /** Its pieces, if they are no more than may be kept. */
  readonly pieces: readonly Uint8Array[];
  /** Bytes that came. */
  readonly bytes: number;
  /** `late` where the time was over before its end, `broken` where the connection was. */
  readonly end: 'whole' | 'late' | 'broken';
}

/** The path that a request is for. */
export function pathOf({ target }: ServedRequest): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

/** A parameter of the query; null where it is not there. */
export function queryParameter({ target }: ServedRequest, name: string): string | null {
  const start = target.indexOf('?');
  return start < 0 ? null : new URLSearchParams(target.slice(start)).get(name);
}
