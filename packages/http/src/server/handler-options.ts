import type { Clock, HandoffManager, Limits } from '@agent-handoff/core';

/** Who calls, as `authenticate` says; more about the caller may be in it, for `authorize`. */
export interface Caller {
  /** The same in every request of the caller, and nobody else's. Recorded as the principal. */
  readonly id: string;
}

/** What a caller wants to do. */
export type HandoffAction = 'create' | 'read' | 'resume' | 'cancel' | 'custody' | 'delete';

/** What `authorize` decides about. */
export interface AuthorizeRequest<Who extends Caller = Caller, Given = Request> {
  readonly action: HandoffAction;
  readonly caller: Who;
  /** The agent that works, or is to. */
  readonly targetAgentId: string;
  /** Absent for `create`, and where a conversation is read or deleted. */
  readonly handoffId?: string;
  /** The principal of the task, where there is one; for `create` only with a parent. */
  readonly owner?: string;
  readonly request: Given;
}

/** A permission with its bounds. */
export interface Permission {
  /** `verified` where the content can be trusted as the application's own data; default `unverified`. */
  readonly origin?: 'verified' | 'unverified';
  /** What the target may use at most; default what the caller asked for. */
  readonly scope?: readonly string[];
  /** Tighter limits for the task. */
  readonly limits?: Partial<Limits>;
  /** Permits it although the task is somebody else's: for people who decide or look after things. */
  readonly beyondOwner?: boolean;
}

/** What `createHandoffHandler` takes; `Given` is the request that the application's functions see. */
export interface HandoffHandlerOptions<Who extends Caller = Caller, Given = Request> {
  readonly manager: HandoffManager;
  /** Where callers find the routes: `https://api.example.com/agents`. `Location` headers begin with it. */
  readonly publicUrl: string | URL;
  /** The path of the routes in the URLs that the handler is given; default the path of `publicUrl`. */
  readonly basePath?: string;
  /**
   * Who calls; undefined for nobody known, who gets 401. Must leave the body of a Fetch request unread
   * (`request.clone()`).
   */
  readonly authenticate: (request: Given) => Who | undefined | Promise<Who | undefined>;
  /**
   * Whether the caller may. False is 403 for `create` and 404 for everything else. Tasks of others stay
   * 404 whatever it says, unless it answers `{ beyondOwner: true }`. Default: true, but for `resume`:
   * without it nobody decides about what waits.
   */
  readonly authorize?: (
    request: AuthorizeRequest<Who, Given>,
  ) => boolean | Permission | Promise<boolean | Permission>;
  /** The challenge of a 401, in `www-authenticate`; default `Bearer`. */
  readonly challenge?: string;
  /** What bounds tasks that come in here; only ever tighter than the manager's. */
  readonly limits?: Partial<Limits>;
  /** Default 262,144 (256 kB). */
  readonly maxBodyBytes?: number;
  /** Milliseconds in which a body must be there; default 10,000. */
  readonly bodyTimeoutMs?: number;
  /** Milliseconds that a request with `Prefer: wait` waits at most; default 60,000. */
  readonly maxWaitMs?: number;
  /** Milliseconds between comments on an event stream that is silent; default 15,000. */
  readonly heartbeatMs?: number;
  /**
   * Is given what goes on when a response has ended: for platforms that stop a process then, such as
   * `waitUntil` of Workers and `after` of Next. Default: nothing, the process lives on.
   */
  readonly waitUntil?: (work: Promise<unknown>, request: Given) => void;
  /** Is told what the server is at fault for, which no caller is; default `console.error`. */
  readonly onError?: (error: unknown, request: Given) => void;
  /** Default the machine's clock. */
  readonly clock?: Clock;
}

/** The names of {@link HandoffHandlerOptions}. */
export const handlerOptions = {
  manager: true,
  publicUrl: true,
  basePath: true,
  authenticate: true,
  authorize: true,
  challenge: true,
  limits: true,
  maxBodyBytes: true,
  bodyTimeoutMs: true,
  maxWaitMs: true,
  heartbeatMs: true,
  waitUntil: true,
  onError: true,
  clock: true,
} satisfies Record<keyof HandoffHandlerOptions, true>;

/**
 * The routes as one Fetch handler. `handles` says whether a path is one of them, for servers that have
 * others too.
 */
export interface HandoffHandler {
  (request: Request): Promise<Response>;
  handles(url: string): boolean;
}
