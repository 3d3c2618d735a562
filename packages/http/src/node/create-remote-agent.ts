import { checkOptions, type NoOthers } from '@agent-handoff/core/adapter';
import { checkUrl } from '../client/check-url.ts';
import type { RemoteAgent } from '../client/create-remote-agent.ts';
import { remoteAgent } from '../client/remote-agent.ts';
import { type RemoteAgentOptions, remoteAgentOptions } from '../client/remote-agent-options.ts';
import { type GuardedFetchOptions, guardedFetch, guardedFetchOptions } from './guarded-fetch.ts';

/** What `createRemoteAgent` takes on Node.js. */
export interface NodeRemoteAgentOptions extends RemoteAgentOptions, GuardedFetchOptions {}

const optionNames = {
  ...remoteAgentOptions,
  ...guardedFetchOptions,
} satisfies Record<keyof NodeRemoteAgentOptions, true>;

/**
 * An agent of another process: a handoff to it goes over HTTP, its answer streams back. Cancelling,
 * limits, scope and deadline reach the other side; usage and custody come back. Addresses that are not
 * public are refused when the connection is made, unless `allowAddresses` has them.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a url that must not be called, and as
 * `createHandoffAgent` does.
 *
 * @example
 * const billing = createRemoteAgent({
 *   id: 'billing',
 *   url: 'https://billing.example.com/agents',
 *   headers: async () => ({ authorization: `Bearer ${await token()}` }),
 * });
 * const manager = createHandoffManager({ agents: [triage, billing] });
 */
export function createRemoteAgent<const Options extends NodeRemoteAgentOptions>(
  options: Options & NoOthers<Options, NodeRemoteAgentOptions>,
): RemoteAgent<Options> {
  checkOptions('createRemoteAgent', options, optionNames);
  const { allowAddresses, connectTimeoutMs, lookup } = options;
  const url = checkUrl(options.url, { allowHttp: options.allowHttp ?? false });
  return remoteAgent(
    options,
    url,
    guardedFetch({
      ...(allowAddresses === undefined ? {} : { allowAddresses }),
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      ...(lookup === undefined ? {} : { lookup }),
    }),
  ) as RemoteAgent<Options>;
}
