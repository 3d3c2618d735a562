/** What one record of a task's log tells a watcher. Numbered by `seq`; never lost, never reordered. */
export interface RecordedEvent {
  readonly type:
    | 'requested'
    | 'accepted'
    | 'completed'
    | 'failed'
    | 'rejected'
    | 'cancelled'
    | 'approval-requested'
    | 'approval-decided'
    | 'joined'
    | 'erased'
    | 'closed';
  readonly taskId: string;
  readonly handoffId: string;
  /** The record's place in the task's log, from 1. */
  readonly seq: number;
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  readonly reason: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly attempt?: number;
  readonly errorCode?: string;
}

/** The last event of a stream: no handoff of the task is open any more. */
export interface TaskFinishedEvent {
  readonly type: 'task-finished';
  readonly taskId: string;
  readonly handoffId: string;
  readonly seq: number;
  readonly at: string;
}

/** A piece of the target's answer as it is written. */
export interface OutputDeltaEvent {
  readonly type: 'output-delta';
  readonly taskId: string;
  readonly handoffId: string;
  readonly agentId: string;
  readonly attempt: number;
  readonly delta: string;
}

/** The target has called one of its tools. */
export interface ToolCalledEvent {
  readonly type: 'tool-called';
  readonly taskId: string;
  readonly handoffId: string;
  readonly agentId: string;
  readonly attempt: number;
  readonly toolCallId: string;
  readonly toolName: string;
}

/** Seen as it happens, in one process: may repeat after a retry and may be lost. */
export type LiveEvent = OutputDeltaEvent | ToolCalledEvent;

/** Everything that a stream of a handoff yields. */
export type HandoffEvent = RecordedEvent | TaskFinishedEvent | LiveEvent;

/** What a running agent or model reports; the line adds whose and which attempt it is. */
export type AgentEvent =
  | { readonly type: 'output-delta'; readonly delta: string }
  | { readonly type: 'tool-called'; readonly toolCallId: string; readonly toolName: string };
