import type { HandoffEvent, HandoffResult } from '@agent-handoff/core';

/** Live events before here are lost to this stream: it began late, was interrupted, or was read too slowly. */
export interface GapEvent {
  readonly type: 'gap';
  readonly taskId: string;
  readonly handoffId: string;
}

/** The last event of a stream: what came of the handoff. */
export interface ResultEvent {
  readonly type: 'result';
  readonly taskId: string;
  readonly handoffId: string;
  readonly result: HandoffResult;
  /** Digest of the task's newest record: with it a copy of the records can be verified as complete. */
  readonly custodyHead: string;
}

/** Everything that `GET /handoffs/:id/events` and a streamed `POST /handoffs` send, one JSON each. */
export type WireEvent = HandoffEvent | GapEvent | ResultEvent;

/** The media type of an event stream. */
export const eventStreamType = 'text/event-stream';
