import type { HandoffReason } from '../context/handoff-reason.ts';
import type { Json, JsonObject } from '../context/json.ts';
import type { Message } from '../context/message.ts';
import type { Origin } from '../context/origin.ts';
import type { Usage } from './usage.ts';

/** Whether the agent is done, stopped before it was done (a step limit), or waits for a person. */
export type ReportStatus = 'completed' | 'incomplete' | 'awaiting-approval';

/** The agent's wish to hand the conversation on. */
export interface TransferRequest {
  readonly target: string;
  readonly reason: HandoffReason;
  readonly toolCallId: string;
  readonly task?: string;
  readonly payload?: Json;
  readonly instructions?: string;
}

/** Where another process recorded work that it did for an agent here. */
export interface RemoteCustody {
  /** The handoff over there. */
  readonly handoffId: string;
  /** Digest of the record that ended it: pins that record and all before it. */
  readonly head: string;
  readonly taskId: string;
}

/** What an agent answers to a handoff. */
export interface AgentReport<Data = unknown> {
  readonly status: ReportStatus;
  readonly output: string;
  /** The structured answer; validated by the agent's `dataSchema` where it has one. */
  readonly data?: Data;
  /** What it found out, by key. */
  readonly findings?: JsonObject;
  /** From 0 to 1; estimated from the output where the agent reports none. */
  readonly confidence?: number;
  readonly usage?: Usage;
  /**
   * Where the answer comes from, if not from this process; default `own`. Whoever continues the task
   * gets what this agent found as that.
   */
  readonly origin?: Origin;
  /** Handoffs that the work took in other processes: they count in the task's limit. Default 0. */
  readonly handoffs?: number;
  /** For agents in another process. Recorded with the outcome, and so covered by its digest; shown to no model. */
  readonly custody?: RemoteCustody;
  /** The messages that this run added, and no others. */
  readonly messages?: readonly Message[];
  readonly transfer?: TransferRequest;
}
