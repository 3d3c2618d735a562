import type { JsonObject } from '../context/json.ts';
import type { Message } from '../context/message.ts';
import type { AgentEvent } from '../events/handoff-event.ts';
import type { ReportStatus, TransferRequest } from './agent-report.ts';
import type { Approval } from './approval-decision.ts';
import type { HandoffTool } from './handoff-tool.ts';
import type { Usage } from './usage.ts';

/** One question to a model. */
export interface ModelRequest {
  readonly systemPrompt?: string;
  /** Never a system message among them. */
  readonly messages: readonly Message[];
  readonly tools: readonly HandoffTool[];
  /** JSON Schema of the structured answer, where one is wanted. */
  readonly outputSchema?: JsonObject;
  /**
   * Present where an earlier attempt waited for an approval and got it: the messages then end with the
   * calls that it waited with, unanswered.
   */
  readonly approval?: Approval;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: AgentEvent) => void;
}

/** What came of it. */
export interface ModelAnswer {
  readonly status: ReportStatus;
  /** The final text. */
  readonly output: string;
  /** The structured answer, where one was asked for; not validated yet. */
  readonly data?: unknown;
  /** New messages only, tool calls and results included. */
  readonly messages: readonly Message[];
  /** Over all steps. */
  readonly usage: Usage;
  readonly transfer?: TransferRequest;
}

/**
 * A language model, as a port. `generate` answers the request and runs its own tool loop: it calls
 * the tools, feeds their results back and goes on until the model has answered. After a tool result
 * with `endsTurn` it answers every other call of that turn and makes no further model call.
 */
export interface HandoffModel {
  generate(request: ModelRequest): Promise<ModelAnswer>;
}
