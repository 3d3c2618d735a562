import type { Amounts, HandoffEvent, HandoffResult } from '@agent-handoff/core';

/** Live events before here are lost to this stream: it began late, was interrupted, or was read too slowly. */
export interface GapEvent {
  readonly type: 'gap';
  readonly taskId: string;
  readonly handoffId: string;
}

/** The last event of a stream: what came of the handoff, or of the run. */
export interface ResultEvent {
  readonly type: 'result';
  readonly taskId: string;
  readonly handoffId: string;
  readonly result: HandoffResult;
  /** Of a run: who has the conversation now. */
  readonly activeAgentId?: string;
  /** What the task has used when this was recorded, work in further processes included. */
  readonly used: Amounts;
  /** Digest of the task's newest record: with it a copy of the records can be verified as complete. */
  readonly custodyHead: string;
}

/** Everything that the event streams send, one JSON each. */
export type WireEvent = HandoffEvent | GapEvent | ResultEvent;

/** The media type of an event stream. */
export const eventStreamType = 'text/event-stream';
