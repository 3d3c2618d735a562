export { createRemoteAgent, type RemoteAgent } from './client/create-remote-agent.ts';
export type {
  AllowedRemoteAgentOptions,
  RemoteAgentOptions,
  RemoteHeaders,
} from './client/remote-agent-options.ts';
export { createContextReader } from './server/create-context-reader.ts';
export { createHandoffHandler } from './server/create-handoff-handler.ts';
export type {
  AuthorizeRequest,
  Caller,
  HandoffAction,
  HandoffHandler,
  HandoffHandlerOptions,
  Permission,
} from './server/handler-options.ts';
export type { ContextReaderOptions, ReceivedHandoff } from './server/handoff-receiver.ts';
export type { HandoffRequest, RunRequest, WorkRequest } from './server/handoff-request.ts';
export { contextMediaType } from './wire/media-type.ts';
export { type Problem, problem } from './wire/problem.ts';
export type { RunEntry } from './wire/run-entry.ts';
export type { GapEvent, ResultEvent, WireEvent } from './wire/wire-event.ts';
