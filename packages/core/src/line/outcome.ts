import type { RemoteCustody, TransferRequest } from '../agent/agent-report.ts';
import { noUsage, type Usage } from '../agent/usage.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { Json, JsonObject } from '../context/json.ts';
import type { Message } from '../context/message.ts';
import type { Origin } from '../context/origin.ts';
import { type ErrorCode, errorCodes } from '../errors/error-code.ts';
import type { HandoffErrorJson } from '../errors/handoff-error.ts';
import type { HandoffResult } from './handoff-result.ts';

/** What is stored of a handoff's end: the body behind `outcomeDigest`. Keys in order. */
export interface Outcome {
  readonly confidence: number;
  readonly custody?: RemoteCustody;
  readonly data?: Json;
  readonly error?: HandoffErrorJson;
  readonly findings: JsonObject;
  /** Taken in other processes. */
  readonly handoffs?: number;
  readonly messages?: readonly Message[];
  /** Where it comes from, if not from this process. */
  readonly origin?: Origin;
  readonly output?: string;
  /** Without delegated work; absent where that is `usage` too. */
  readonly ownUsage?: Usage;
  readonly status: HandoffResult['status'];
  /** The agent's wish to hand the conversation on. */
  readonly transfer?: TransferRequest;
  /** Delegated work included. */
  readonly usage: Usage;
  /** The delegations that have to end before the agent can go on. */
  readonly waitsFor?: readonly Delegation[];
}

/** Work that an agent gave out with a tool call. */
export interface Delegation {
  readonly handoffId: string;
  readonly toolCallId: string;
}

/** The outcome of a handoff that didn't complete: nothing gained, nothing lost. */
export function unfinished(
  context: HandoffContext,
  error: HandoffErrorJson,
  usage: Usage = noUsage,
): Outcome {
  const { outcome } = errorCodes[error.code];
  return {
    confidence: context.confidence,
    error,
    findings: context.findings,
    status: outcome === 'thrown' ? 'failed' : outcome,
    usage,
  };
}

/** The result that a context and its outcome make. */
export function toResult(
  context: HandoffContext,
  outcome: Outcome,
  durationMs: number,
): HandoffResult {
  const base = {
    taskId: context.taskId,
    handoffId: context.handoffId,
    sourceAgentId: context.sourceAgentId,
    targetAgentId: context.targetAgentId,
    finalConfidence: outcome.confidence,
    durationMs,
    usage: outcome.usage,
    findings: outcome.findings,
    ...(outcome.custody === undefined ? {} : { custody: outcome.custody }),
  };
  if (outcome.status === 'completed') {
    const { output, data, messages, transfer } = outcome;
    return {
      ...base,
      status: 'completed',
      success: true,
      output,
      ...(data === undefined ? {} : { data }),
      messages,
      ...(transfer === undefined ? {} : { transfer }),
      returnedContext: leave(context, outcome),
    } as HandoffResult;
  }
  return {
    ...base,
    status: outcome.status,
    success: false,
    error: outcome.error,
    returnedContext: context,
  } as HandoffResult;
}

/** The context as its target left it. */
function leave(context: HandoffContext, { confidence, findings, output }: Outcome): HandoffContext {
  return {
    ...context,
    confidence,
    findings,
    ...((output as string).trim() === '' ? {} : { progressSummary: output as string }),
  };
}

/** The result of a handoff of which nothing was written. */
export function refusedResult(
  handoff: {
    readonly taskId: string;
    readonly handoffId: string;
    readonly source: string;
    readonly target: string;
  },
  error: HandoffErrorJson<ErrorCode>,
): HandoffResult {
  return {
    taskId: handoff.taskId,
    handoffId: handoff.handoffId,
    sourceAgentId: handoff.source,
    targetAgentId: handoff.target,
    finalConfidence: 0,
    durationMs: 0,
    usage: noUsage,
    findings: {},
    status: errorCodes[error.code].outcome,
    success: false,
    error,
  } as HandoffResult;
}
