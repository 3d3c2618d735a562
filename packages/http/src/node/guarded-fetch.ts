import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { HandoffError } from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { type AllowedAddresses, isBlockedAddress } from './blocked-address.ts';

/** What `guardedFetch` takes. */
export interface GuardedFetchOptions {
  /** Addresses and ranges that may be called although they are not public, such as `10.1.0.0/16`. */
  readonly allowAddresses?: AllowedAddresses;
  /** Milliseconds to connect; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** How names are looked up; default the system's. */
  readonly lookup?: LookupFunction;
}

/** The names of {@link GuardedFetchOptions}. */
export const guardedFetchOptions = {
  allowAddresses: true,
  connectTimeoutMs: true,
  lookup: true,
} satisfies Record<keyof GuardedFetchOptions, true>;

/**
 * A `fetch` that reaches public addresses only. The address is checked when the connection is made,
 * so that a name can't be pointed elsewhere after it was looked at. Follows no redirect unless asked.
 */
export function guardedFetch(options: GuardedFetchOptions = {}): typeof fetch {
  checkOptions('guardedFetch', options, guardedFetchOptions);
  const {
    allowAddresses = [],
    connectTimeoutMs = 5_000,
    lookup = systemLookup as LookupFunction,
  } = options;
  // Fails now for a range that is none, rather than at the first call.
  isBlockedAddress('127.0.0.1', allowAddresses);
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: guardedLookup(lookup, allowAddresses),
  } as buildConnector.BuildOptions);
  const dispatcher = new Agent({
    // A stream may be silent for longer than any time that would do for all; its reader has one.
    bodyTimeout: 0,
    headersTimeout: 0,
    connect(target, callback) {
      // A host that is an address already is not looked up.
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && isBlockedAddress(host, allowAddresses)) {
        callback(blocked(host), null);
      } else {
        connect(target, callback);
      }
    },
  });
  return ((input: string, init?: object) =>
    undiciFetch(input, { redirect: 'manual', ...init, dispatcher })) as unknown as typeof fetch;
}

/** One address off limits among several is enough: which of them is taken can't be told beforehand. */
function guardedLookup(lookup: LookupFunction, allowed: AllowedAddresses): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [{ address: found }] : (found ?? []);
      if (!error && addresses.some(({ address }) => isBlockedAddress(address, allowed))) {
        callback(blocked(hostname), found, family);
      } else {
        callback(error, found, family);
      }
    });
  };
}

/** Without the address: who asks may be somebody who wants to learn it. */
function blocked(host: string): HandoffError {
  return new HandoffError(
    'AGENT_FAILED',
    `"${host}" leads to an address that is not public: allow it with allowAddresses, if it is to be called.`,
    { details: { host }, retryable: false },
  );
}
