export { createRemoteAgent, type NodeRemoteAgentOptions } from './node/create-remote-agent.ts';
export { type GuardedFetchOptions, guardedFetch } from './node/guarded-fetch.ts';
