import {
  type Clock,
  HandoffError,
  type HandoffManager,
  type Limits,
  systemClock,
} from '@agent-handoff/core';
import type { Caller, HandoffHandlerOptions } from './handler-options.ts';
import type { ReadBodyOptions } from './read-json-body.ts';
import type { ServedRequest } from './served-request.ts';

/** The options, whichever request the application's functions see. */
export type ServingOptions = HandoffHandlerOptions<Caller, unknown>;

/** What every route works with: the options with their defaults. */
export interface Serving {
  readonly manager: HandoffManager;
  readonly clock: Clock;
  readonly limits: Partial<Limits> | undefined;
  readonly body: Omit<ReadBodyOptions, 'mediaTypes'>;
  readonly maxWaitMs: number;
  readonly heartbeatMs: number;
  readonly authorize: ServingOptions['authorize'];
  readonly onError: (error: unknown, request: ServedRequest) => void;
  /** Keeps the process for work that outlives its response. */
  readonly keep: (work: () => Promise<unknown>, request: ServedRequest) => void;
  /** The public URL of a path below the base. */
  toUrl(path: string): string;
}

/** One request of a known caller. */
export interface Call {
  readonly request: ServedRequest;
  readonly caller: Caller;
}

/**
 * The options with their defaults.
 *
 * @throws HandoffError `INVALID_CONFIGURATION`.
 */
export function toServing(options: ServingOptions): Serving {
  if (typeof options?.manager?.executeHandoff !== 'function') {
    throw misconfigured('manager is missing: pass one that createHandoffManager made.');
  }
  const { manager, authenticate, clock = systemClock, limits, authorize, waitUntil } = options;
  const { onError = logError } = options;
  requireAuthenticate(authenticate);
  const publicUrl = toPublicUrl(options.publicUrl);
  return {
    manager,
    clock,
    limits,
    authorize,
    body: { ...bodyDefaults(options), clock },
    maxWaitMs: positive('maxWaitMs', options.maxWaitMs ?? 60_000),
    heartbeatMs: positive('heartbeatMs', options.heartbeatMs ?? 15_000),
    onError: (error, { native }) => onError(error, native),
    keep: (work, { native }) =>
      waitUntil?.(
        work().catch(() => {}),
        native,
      ),
    toUrl: (path) => `${publicUrl}${path}`,
  };
}

/** @throws HandoffError `INVALID_CONFIGURATION`: the types ask for it, and JavaScript doesn't read them. */
export function requireAuthenticate(authenticate: unknown): void {
  if (typeof authenticate === 'function') return;
  throw misconfigured('authenticate is missing: pass a function that says who calls.');
}

/** How bodies are read, unless told otherwise. */
export function bodyDefaults({
  maxBodyBytes = 262_144,
  bodyTimeoutMs = 10_000,
}: Pick<ServingOptions, 'maxBodyBytes' | 'bodyTimeoutMs'>): Pick<
  ReadBodyOptions,
  'maxBytes' | 'timeoutMs'
> {
  return {
    maxBytes: positive('maxBodyBytes', maxBodyBytes),
    timeoutMs: positive('bodyTimeoutMs', bodyTimeoutMs),
  };
}

/** Where nobody else is told of the server's faults. */
export function logError(error: unknown): void {
  console.error(error);
}

function toPublicUrl(given: string | URL): string {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw misconfigured(
      `publicUrl is ${JSON.stringify(String(given))}: pass the https URL that callers use, without a query.`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** Where the routes begin in the URLs that the handler is given. */
export function basePathOf({
  basePath,
  publicUrl,
}: Pick<ServingOptions, 'basePath' | 'publicUrl'>): string {
  return (basePath ?? new URL(publicUrl).pathname).replace(/\/+$/, '');
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw misconfigured(`${name} is ${value}: give a whole number above 0.`);
}

function misconfigured(message: string): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', message);
}
