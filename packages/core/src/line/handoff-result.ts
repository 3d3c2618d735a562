import type { RemoteCustody, TransferRequest } from '../agent/agent-report.ts';
import type { Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { JsonObject } from '../context/json.ts';
import type { Message } from '../context/message.ts';
import type { ErrorCodeOf } from '../errors/error-code.ts';
import { HandoffError, type HandoffErrorJson } from '../errors/handoff-error.ts';

interface ResultBase {
  readonly taskId: string;
  readonly handoffId: string;
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  /** From 0 to 1: the target's where it completed, else the context's. */
  readonly finalConfidence: number;
  /** Milliseconds from acceptance to the end; 0 where the handoff was not accepted. */
  readonly durationMs: number;
  /** The target's, and that of the work it handed out while it ran. */
  readonly usage: Usage;
  /** What is known now: the context's findings, and the target's under its id. */
  readonly findings: JsonObject;
  /** Where another process recorded the work, if one did it. */
  readonly custody?: RemoteCustody;
}

/** The target has answered. */
export interface CompletedHandoff<Data = unknown> extends ResultBase {
  readonly status: 'completed';
  readonly success: true;
  readonly output: string;
  /** The structured answer; undefined for a target without a `dataSchema`. */
  readonly data: Data;
  /** The messages that the target's run added. */
  readonly messages: readonly Message[];
  /** Where the target wants the conversation to go on: `run` follows it. */
  readonly transfer?: TransferRequest;
  /** The context as the target left it: its findings added, with its confidence and its answer as progress. */
  readonly returnedContext: HandoffContext;
  readonly error?: undefined;
}

/** The handoff ended otherwise, or waits. `error` says why, with the codes of this status. */
export interface UnfinishedHandoff<
  Status extends 'failed' | 'rejected' | 'cancelled' | 'awaiting-approval',
> extends ResultBase {
  readonly status: Status;
  readonly success: false;
  readonly error: HandoffErrorJson<ErrorCodeOf<Status>>;
  /** The context as it was; absent where it was refused before there was one. */
  readonly returnedContext?: HandoffContext;
  readonly output?: undefined;
  readonly data?: undefined;
  readonly messages?: undefined;
  readonly transfer?: undefined;
}

/** What came of a handoff: plain JSON, the same from whoever reads it. */
export type HandoffResult<Data = unknown> =
  | CompletedHandoff<Data>
  | UnfinishedHandoff<'failed'>
  | UnfinishedHandoff<'rejected'>
  | UnfinishedHandoff<'cancelled'>
  | UnfinishedHandoff<'awaiting-approval'>;

/**
 * The completed result, for callers who have nothing to do with any other.
 *
 * @throws HandoffError with the code, message and details of the result's error.
 */
export function unwrap<Data>(result: HandoffResult<Data>): CompletedHandoff<Data> {
  if (result.status === 'completed') return result;
  const { code, message, retryable, details } = result.error;
  throw new HandoffError(code, message, {
    retryable,
    details: { ...details, taskId: result.taskId, handoffId: result.handoffId },
  });
}
