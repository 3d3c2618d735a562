import type { HandoffManager } from '@agent-handoff/core';
import { type HandoffAgent, HandoffError, type Json } from '@agent-handoff/core/adapter';

/** What a model passes to a handoff tool. */
export interface HandoffToolInput {
  readonly task?: string;
  readonly instructions?: string;
  readonly payload?: Json;
}

/**
 * An agent of the manager.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where it has none with this id.
 */
export function targetOf(manager: HandoffManager, id: string): HandoffAgent {
  const agent = manager.agents.get(id);
  if (agent) return agent;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `"${id}" is not an agent of the manager, which has ${[...manager.agents.keys()].join(', ')}.`,
    { details: { agentId: id } },
  );
}
