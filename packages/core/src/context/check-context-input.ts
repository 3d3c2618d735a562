import { checkFields, checkOptions } from '../errors/check-options.ts';
import { invalidField } from './check-field.ts';
import type { ContextEnvironment, CreateHandoffContextOptions } from './create-handoff-context.ts';

const contextFields = {
  sourceAgentId: true,
  targetAgentId: true,
  originalTask: true,
  state: true,
  keepMessages: true,
  handoffId: true,
  taskId: true,
  parentIds: true,
  reason: true,
  conversationSummary: true,
  keyMessages: true,
  progressSummary: true,
  stateSnapshot: true,
  findings: true,
  payload: true,
  confidence: true,
  instructions: true,
  handoffChain: true,
  remaining: true,
  deadlineAt: true,
  scope: true,
  createdAt: true,
  traceparent: true,
  metadata: true,
  version: true,
} satisfies Record<keyof CreateHandoffContextOptions, true>;

const environmentNames = {
  clock: true,
  ids: true,
  redact: true,
  summarize: true,
} satisfies Record<keyof ContextEnvironment, true>;

/**
 * Refuses what a context has no place for.
 *
 * @throws HandoffError `INVALID_CONTEXT` for a field, `INVALID_CONFIGURATION` for the environment.
 */
export function checkContextInput(options: object, environment: ContextEnvironment = {}): void {
  checkFields('A context', readOptions(options), contextFields, 'INVALID_CONTEXT');
  checkOptions('The environment of a context', environment, environmentNames);
}

/** One look at each option, so that what was checked is what is used. */
export function readOptions<Options extends object>(options: Options): Options {
  try {
    if (typeof options === 'object' && options !== null) return { ...options };
  } catch (cause) {
    throw invalidField('options', 'throws when it is read', 'a plain object', cause);
  }
  throw invalidField('options', 'is not an object', 'an object with the fields of the context');
}
