import type { Json, ModelAnswer } from '@agent-handoff/core/adapter';
import type { never, untilAborted } from './hanging.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** One tool call that a scripted model makes. */
export interface ScriptedToolCall {
  readonly name: string;
  /** Default an empty object. */
  readonly input?: Json;
  /** Default `call-1`, `call-2`, … over the model's life. */
  readonly id?: string;
}

/** A turn in which the model calls tools; it is asked again when they have answered. */
export interface ToolCallTurn {
  /** What it says beside the calls. */
  readonly text?: string;
  readonly toolCalls: readonly ScriptedToolCall[];
}

/** A {@link ModelStep} that is no function. */
export type FixedModelStep =
  /** The final text. */
  | string
  | ToolCallTurn
  /** Ends the request with this; messages and usage of the turns before it are put in front. */
  | ModelAnswer
  /** Thrown. */
  | Error
  | typeof never
  | typeof untilAborted;

/** What a scripted model does when it is called: once for a request, and again after tool results. */
export type ModelStep =
  | FixedModelStep
  | ((call: RecordedRequest) => FixedModelStep | Promise<FixedModelStep>);
