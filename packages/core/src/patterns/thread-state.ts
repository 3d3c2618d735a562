import type { Message } from '../context/message.ts';
import type { Origin } from '../context/origin.ts';

/** A conversation, as a store keeps it between turns. Plain JSON. */
export interface ThreadState {
  /** Who gets the next turn. */
  readonly activeAgentId: string;
  /** What was said and done, oldest first: whole, as it was recorded. */
  readonly messages: readonly Message[];
  /** Of all that was said, as far as it is trusted; absent is `own`. */
  readonly origin?: Origin;
  /** The turn that goes on now. */
  readonly turn?: ThreadTurn;
  /** RFC 3339 UTC. */
  readonly updatedAt: string;
}

/** A turn holds its thread, so that no other one mixes with it. */
export interface ThreadTurn {
  /** The first handoff of the turn. */
  readonly handoffId: string;
  /** Until then nobody may take the thread from it, unless it waits. RFC 3339 UTC. */
  readonly until: string;
  /** True while a decision is awaited: then it holds the thread as long as that is open. */
  readonly waits?: boolean;
}
