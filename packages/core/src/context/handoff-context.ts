import type { HandoffReason } from './handoff-reason.ts';
import type { Json, JsonObject } from './json.ts';
import type { Message } from './message.ts';

/** What is left of a task's limits when a handoff begins. */
export interface Remaining {
  /** United States dollars; only where a cost limit is set. */
  readonly costUsd?: number;
  readonly handoffs: number;
  readonly tokens: number;
}

/**
 * What travels with a handoff: plain JSON, nothing else. Make one with `createHandoffContext` or
 * `manager.createHandoff`; read one from outside with `parseHandoffContext`.
 */
export interface HandoffContext {
  readonly version: 1;
  readonly handoffId: string;
  readonly taskId: string;
  /** The handoffs this one continues: none for the first of a task, several for a join. */
  readonly parentIds: readonly string[];
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  readonly reason: HandoffReason;
  /** The work, in words. */
  readonly originalTask: string;
  readonly conversationSummary?: string;
  /** Messages handed over verbatim; empty unless the sender asked for them. */
  readonly keyMessages: readonly Message[];
  readonly progressSummary?: string;
  readonly stateSnapshot: JsonObject;
  /** What is known so far, by key. */
  readonly findings: JsonObject;
  /** Typed input for the target, already validated by its `payloadSchema`. */
  readonly payload?: Json;
  /** How sure the source is, from 0 to 1. */
  readonly confidence: number;
  readonly instructions?: string;
  /** The agents that held the task before the target, in order; `user` is never among them. */
  readonly handoffChain: readonly string[];
  readonly remaining: Remaining;
  /** RFC 3339 UTC; absent where the caller set none. */
  readonly deadlineAt?: string;
  /** What the target may use; `*` is everything. Only ever narrower than the parent's. */
  readonly scope: readonly string[];
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  readonly metadata: JsonObject;
}
