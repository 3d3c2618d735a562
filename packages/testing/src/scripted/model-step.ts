import type { Json, ModelAnswer } from '@agent-handoff/core/adapter';
import type { never, untilAborted } from './hanging.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** One tool call that a scripted model makes. */
export interface ScriptedToolCall {
  readonly name: string;
  /**
   * What the tool gets, also where it is no object, as models sometimes write; default an empty object.
   * In the transcript a value that is no object stands under `value`, as in a repaired one.
   */
  readonly input?: Json;
  /**
   * What the model wrote in the place of JSON, in place of `input`. Where it can be read it is the
   * input; where it can't, the call is answered with an error, and the tool isn't called.
   */
  readonly inputText?: string;
  /** Default `call-1`, `call-2`, … over the model's life, without those that the transcript has. */
  readonly id?: string;
}

/** A turn in which the model calls tools; it is asked again when they have answered. */
export interface ToolCallTurn {
  /** What it says beside the calls. */
  readonly text?: string;
  readonly toolCalls: readonly ScriptedToolCall[];
  /** True where each tool is called when the one before it has answered; default all at the same time. */
  readonly oneByOne?: boolean;
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
