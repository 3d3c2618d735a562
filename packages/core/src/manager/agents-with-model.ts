import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffModel } from '../agent/handoff-model.ts';
import { HandoffError } from '../errors/handoff-error.ts';

/**
 * The agents, with another model where they take one, or where `ids` names them.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an id whose agent brings its own model.
 */
export function agentsWithModel(
  agents: ReadonlyMap<string, HandoffAgent>,
  model: HandoffModel,
  ids: readonly string[] | undefined,
): readonly HandoffAgent[] {
  for (const id of ids ?? []) {
    if (agents.get(id)?.withModel) continue;
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `Agent ${JSON.stringify(id)} takes no model: it is unknown, or brings its own.`,
    );
  }
  return [...agents.values()].map((agent) =>
    ids === undefined || ids.includes(agent.id) ? (agent.withModel?.(model) ?? agent) : agent,
  );
}
