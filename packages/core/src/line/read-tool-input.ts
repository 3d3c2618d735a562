import type { Json } from '../context/json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffToolSpec } from './handoff-tool-spec.ts';

/** What a model passes to a handoff tool. */
export interface ToolInput {
  readonly task?: string;
  readonly instructions?: string;
  readonly payload?: Json;
}

/**
 * The input of a handoff tool; a payload is left to the target's schema.
 *
 * @throws HandoffError `INVALID_PAYLOAD`, in words that help the model to call again.
 */
export function readToolInput({ name, verb }: HandoffToolSpec, input: Json): ToolInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid(name, 'pass an object');
  }
  const { task, instructions, payload } = input as Record<string, Json | undefined>;
  for (const [key, text] of Object.entries({ task, instructions })) {
    if (text !== undefined && text !== null && typeof text !== 'string') {
      throw invalid(name, `${key} is not a string`);
    }
  }
  const asked = {
    ...(isText(task) ? { task } : {}),
    ...(isText(instructions) ? { instructions } : {}),
    ...(payload === undefined || payload === null ? {} : { payload }),
  };
  if (verb === 'delegate' && asked.task === undefined) {
    throw invalid(name, 'task is missing: say what is to be done');
  }
  return asked;
}

const isText = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.trim() !== '';

function invalid(tool: string, problem: string): HandoffError {
  return new HandoffError('INVALID_PAYLOAD', `The input of ${tool} is invalid: ${problem}.`, {
    details: { tool, problem },
  });
}
