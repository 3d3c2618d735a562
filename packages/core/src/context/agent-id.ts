/** What the id of an agent looks like: with a verb before it, it is a tool name every provider accepts. */
export const agentIdPattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,50}$/;

/** The reserved source of work that comes from a person or from code; never a target. */
export const userId = 'user';

/** Whether `value` can be the id of an agent. `user` can't, in any case of letters: it is reserved. */
export function isAgentId(value: unknown): value is string {
  return typeof value === 'string' && agentIdPattern.test(value) && value.toLowerCase() !== userId;
}

/** Whether `value` can be the source of a handoff: the id of an agent, or `user`. */
export function isSourceId(value: unknown): value is string {
  return value === userId || isAgentId(value);
}
