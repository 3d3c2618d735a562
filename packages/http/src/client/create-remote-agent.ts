import type { HandoffAgent, Json, SchemaInput, SchemaOutput } from '@agent-handoff/core';
import { checkOptions, type NoOthers } from '@agent-handoff/core/adapter';
import { checkUrl } from './check-url.ts';
import { remoteAgent } from './remote-agent.ts';
import {
  type AllowedRemoteAgentOptions,
  type RemoteAgentOptions,
  remoteAgentOptions,
} from './remote-agent-options.ts';

/** The agent that options describe. */
export type RemoteAgent<Options extends RemoteAgentOptions> = HandoffAgent<
  Options['id'],
  Options extends { readonly payloadSchema: infer Schema } ? SchemaInput<Schema> : Json | undefined,
  Options extends { readonly dataSchema: infer Schema } ? SchemaOutput<Schema> : undefined
>;

const optionNames = {
  ...remoteAgentOptions,
  allowedOrigins: true,
  fetch: true,
} satisfies Record<keyof AllowedRemoteAgentOptions, true>;

/**
 * An agent of another process: a handoff to it goes over HTTP, its answer streams back. For platforms
 * that look up no names: what may be called is a list of origins. On Node.js take the one of
 * `@agent-handoff/http/node`, which checks the addresses instead.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a url that must not be called, and as
 * `createHandoffAgent` does.
 */
export function createRemoteAgent<const Options extends AllowedRemoteAgentOptions>(
  options: Options & NoOthers<Options, AllowedRemoteAgentOptions>,
): RemoteAgent<Options> {
  checkOptions('createRemoteAgent', options, optionNames);
  const { url, allowedOrigins, allowHttp = false, fetch: send = globalThis.fetch } = options;
  const checked = checkUrl(url, { allowHttp, allowedOrigins });
  // Workers insist on the receiver that they gave it.
  return remoteAgent(options, checked, (...call) => send(...call)) as RemoteAgent<Options>;
}
