import type { HandoffResult } from '@agent-handoff/core';
import type { HandoffStatus } from '@agent-handoff/core/store';

/** Where a turn of a conversation stands, as `POST /runs` and `GET /runs/:id` answer it. */
export interface RunEntry {
  readonly taskId: string;
  /** The id of its first handoff, too. */
  readonly runId: string;
  /** The conversation that it is a turn of, under the caller's id for it. */
  readonly threadId?: string;
  readonly status: HandoffStatus;
  /** Who has the conversation now. */
  readonly activeAgentId: string;
  /** The handoffs that it is made of so far, in their order. */
  readonly handoffIds: readonly string[];
  /** The last step's, with the usage of all of them. Absent while the run goes on. */
  readonly result?: HandoffResult;
}
