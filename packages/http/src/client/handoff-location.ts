import { HandoffError } from '@agent-handoff/core';

/** The ids of tasks and handoffs, as every service writes them. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The id of the handoff in a `location`; where it is served is known from the agent's own url. */
export function idIn(location: string | null, agentId: string): string {
  const id = /\/handoffs\/([^/]+)$/.exec(location ?? '')?.[1];
  if (id !== undefined && idPattern.test(id)) return id;
  throw unreadable(agentId, 'it does not say where the handoff is');
}

/** The other side answers what is no answer. */
export function unreadable(agentId: string, problem: string): HandoffError {
  return new HandoffError('AGENT_FAILED', `The answer of "${agentId}" can't be used: ${problem}.`, {
    details: { agentId },
    retryable: false,
  });
}
