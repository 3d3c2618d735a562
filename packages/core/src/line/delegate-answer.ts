import type { Json } from '../context/json.ts';
import type { HandoffResult } from './handoff-result.ts';

/** What a model that delegated work is told of it. */
export interface DelegateAnswer {
  readonly output: Json;
  /** True where the work was not done. */
  readonly isError: boolean;
}

/** The answer of the agent that did the work; where it wasn't done, why. */
export function toDelegateAnswer(result: HandoffResult): DelegateAnswer {
  if (result.status === 'completed') {
    return { output: (result.data as Json | undefined) ?? result.output, isError: false };
  }
  const { code, message } = result.error;
  return { output: `The work was not done (${code}): ${message}`, isError: true };
}
