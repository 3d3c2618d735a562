import type { Json, JsonObject } from '@agent-handoff/core/adapter';
import type { ScriptedToolCall } from './model-step.ts';

/** A tool call with everything filled in. */
export interface ReadyToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: Json;
  /** Whether the input is a text that should have been JSON. */
  readonly unreadable: boolean;
}

/** @param nextId gives the id of a call that has none. */
export function readyToolCall(
  { id, name, input = {}, inputText }: ScriptedToolCall,
  nextId: () => string,
): ReadyToolCall {
  const call = { id: id ?? nextId(), name };
  if (inputText === undefined) return { ...call, input, unreadable: false };
  try {
    return { ...call, input: JSON.parse(inputText) as Json, unreadable: false };
  } catch {
    return { ...call, input: inputText, unreadable: true };
  }
}

/** The input as it stands in a transcript, where arguments are objects. */
export function toolCallArguments({ input }: ReadyToolCall): JsonObject {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? (input as JsonObject) : { value: input };
}
