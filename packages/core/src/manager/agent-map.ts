import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { agentIdPattern, isAgentId, userId } from '../context/agent-id.ts';
import { HandoffError } from '../errors/handoff-error.ts';

/** Where ids are literals each has its agent; where they are strings, any may have none. */
type AgentsById<Agent extends HandoffAgent> = {
  readonly [Each in Agent as Each['id']]: string extends Each['id'] ? Each | undefined : Each;
};

/** A manager's agents by id: a read-only map whose `has` narrows. */
export interface AgentMap<Agent extends HandoffAgent = HandoffAgent>
  extends Iterable<[Agent['id'], Agent]> {
  readonly size: number;
  get<Id extends Agent['id']>(id: Id): AgentsById<Agent>[Id];
  get(id: string): Agent | undefined;
  has(id: string): id is Agent['id'];
  keys(): IterableIterator<Agent['id']>;
  values(): IterableIterator<Agent>;
  entries(): IterableIterator<[Agent['id'], Agent]>;
  forEach(visit: (agent: Agent, id: Agent['id']) => void): void;
}

/**
 * The agents by id.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for none, for ids that are unusable or differ by case
 * alone, and for declared paths to agents that aren't there.
 */
export function mapAgents(agents: readonly HandoffAgent[]): ReadonlyMap<string, HandoffAgent> {
  if (!Array.isArray(agents) || agents.length === 0) {
    throw misconfigured('A manager needs agents: pass at least one in { agents: [...] }.', {});
  }
  const byId = new Map<string, HandoffAgent>();
  const folded = new Map<string, string>();
  for (const agent of agents) {
    const id: unknown = agent?.id;
    if (isAgentId(id) && typeof agent.receiveHandoff !== 'function') {
      throw misconfigured(
        `"${id}" is not an agent: it has no receiveHandoff. Make one with createHandoffAgent or an adapter.`,
        { agentId: id },
      );
    }
    if (!isAgentId(id)) {
      throw misconfigured(
        `${JSON.stringify(id) ?? 'A value without id'} is not an agent: make one with createHandoffAgent or an adapter; ids match ${agentIdPattern.source} and are not "${userId}".`,
        { agentId: id },
      );
    }
    const same = folded.get(id.toLowerCase());
    if (same !== undefined) {
      throw misconfigured(
        same === id
          ? `Two agents have the id "${id}": give one of them another.`
          : `Two agents have the ids "${same}" and "${id}": ids must differ by more than case.`,
        { agentId: id },
      );
    }
    folded.set(id.toLowerCase(), id);
    byId.set(id, agent);
  }
  for (const agent of byId.values()) checkPaths(agent, byId);
  return byId;
}

function checkPaths(agent: HandoffAgent, agents: ReadonlyMap<string, HandoffAgent>): void {
  for (const list of ['canTransferTo', 'canDelegateTo', 'canEscalateTo'] as const) {
    for (const target of agent[list] ?? []) {
      if (agents.has(target)) continue;
      throw misconfigured(
        `Agent "${agent.id}" lists ${JSON.stringify(target)} in ${list}, but the manager has no such agent: add the agent, or correct the id.`,
        { agentId: agent.id, list, target },
      );
    }
  }
}

/** A view of a map that nothing can be written through. */
export function readOnlyAgents<Agent extends HandoffAgent>(
  agents: ReadonlyMap<string, HandoffAgent>,
): AgentMap<Agent> {
  const map = agents as unknown as ReadonlyMap<Agent['id'], Agent>;
  const view = {
    size: map.size,
    get: (id: string) => map.get(id),
    has: (id: string) => map.has(id),
    keys: () => map.keys(),
    values: () => map.values(),
    entries: () => map.entries(),
    forEach: (visit: (agent: Agent, id: Agent['id']) => void) => {
      for (const [id, agent] of map) visit(agent, id);
    },
    [Symbol.iterator]: () => map.entries(),
  };
  return Object.freeze(view) as unknown as AgentMap<Agent>;
}

function misconfigured(message: string, details: Record<string, unknown>): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', message, { details });
}
