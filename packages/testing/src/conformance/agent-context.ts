import {
  type CreateHandoffContextOptions,
  createHandoffContext,
  type HandoffContext,
} from '@agent-handoff/core';

/** A context for the agent `subject`, frozen all through: who writes to it throws. */
export function contextFor(options: Partial<CreateHandoffContextOptions> = {}): HandoffContext {
  return deepFreeze(
    createHandoffContext({
      sourceAgentId: 'triage',
      targetAgentId: 'subject',
      originalTask: 'Find out where order 7 is.',
      handoffChain: ['triage'],
      ...options,
    }),
  );
}

/** The same object with everything in it frozen. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
