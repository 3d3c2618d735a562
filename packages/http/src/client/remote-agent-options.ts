import type { Clock, StandardSchema } from '@agent-handoff/core';

/** What goes with every request: the same each time, or asked for each time. */
export type RemoteHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** What every `createRemoteAgent` takes. */
export interface RemoteAgentOptions {
  /** Its id here; the other side may call it otherwise. */
  readonly id: string;
  /** Default `id`. */
  readonly name?: string;
  /** What it is good at: read by people and by models that choose a target. */
  readonly description?: string;
  /** The `publicUrl` of the other side. */
  readonly url: string | URL;
  /** Its id over there; default `id`. */
  readonly agentId?: string;
  /** Sent with every request, credentials above all. */
  readonly headers?: RemoteHeaders;
  /** What it may use at most; default everything. */
  readonly scope?: readonly string[];
  /** The typed input it takes; checked before it is sent. */
  readonly payloadSchema?: StandardSchema;
  /** The structured answer it gives; checked when it comes. */
  readonly dataSchema?: StandardSchema;
  /** Where it may hand the conversation. Declaring any of the three lists closes all other paths. */
  readonly canTransferTo?: readonly string[];
  /** Whom it may ask and wait for. */
  readonly canDelegateTo?: readonly string[];
  /** Its higher authorities. */
  readonly canEscalateTo?: readonly string[];
  /** How far what it finds is trusted by whoever continues the task; default `unverified`. */
  readonly origin?: 'verified' | 'unverified';
  /**
   * Milliseconds that a handoff may take, here and over there, where its deadline leaves as much;
   * default 300,000.
   */
  readonly timeoutMs?: number;
  /** Milliseconds until a request is answered with headers; default 10,000. */
  readonly answerTimeoutMs?: number;
  /** Milliseconds of silence on a stream before it counts as lost; default 45,000. */
  readonly silenceTimeoutMs?: number;
  /** How often in a row a lost connection is made again; default 3. */
  readonly maxRetries?: number;
  /** Bytes of one event at most; default 4,194,304 (4 MB). */
  readonly maxEventBytes?: number;
  /** Whether `http:` will do; default false. */
  readonly allowHttp?: boolean;
  /** Default the machine's clock. */
  readonly clock?: Clock;
}

/** The names of {@link RemoteAgentOptions}. */
export const remoteAgentOptions = {
  id: true,
  name: true,
  description: true,
  url: true,
  agentId: true,
  headers: true,
  scope: true,
  payloadSchema: true,
  dataSchema: true,
  canTransferTo: true,
  canDelegateTo: true,
  canEscalateTo: true,
  origin: true,
  timeoutMs: true,
  answerTimeoutMs: true,
  silenceTimeoutMs: true,
  maxRetries: true,
  maxEventBytes: true,
  allowHttp: true,
  clock: true,
} satisfies Record<keyof RemoteAgentOptions, true>;

/** What `createRemoteAgent` takes where names can't be looked up: in browsers and on the edge. */
export interface AllowedRemoteAgentOptions extends RemoteAgentOptions {
  /** The origins that may be called, such as `https://billing.example.com`; `url` must be of one. */
  readonly allowedOrigins: readonly string[];
  /** Default the platform's. */
  readonly fetch?: typeof fetch;
}
