import {
  createAgentState,
  createHandoffManager,
  type HandoffManager,
  message,
  unwrap,
} from '@agent-handoff/core';
import type { Stage } from '../stage.ts';
import type { Team } from './part-1-agents.ts';

/** The manager of the {@link Team}. */
export type TeamManager = HandoffManager<Team[keyof Team]>;

/** A manager, and a first handoff that it checks, runs and records. */
export async function part4Manager(
  { screen, store, ticket }: Stage,
  team: Team,
): Promise<TeamManager> {
  screen.heading('Part 4  The manager checks and records', [
    'createHandoffManager',
    'executeHandoff',
  ]);
  const manager = createHandoffManager({ agents: Object.values(team), maxChain: 5, store });
  screen.field('agents', [...manager.agents.keys()].join(', '));
  screen.field('max chain', `${manager.maxChain} agents before the target`);
  screen.line();

  const state = createAgentState({
    agentId: 'intake',
    messages: [message.user('My card is declined, and it is not the card.')],
    confidence: 0.3,
  });
  const result = unwrap(
    await manager.executeHandoff({
      source: 'intake',
      target: 'payments-engineer',
      task: `Find out why cards are declined (ticket ${ticket})`,
      reason: 'specialization',
      findings: { declined: '31 of 40 payments' },
      state,
    }),
  );
  screen.quote(result.output);
  screen.line();
  screen.field('status', result.status);
  screen.field(
    'confidence',
    `${state.confidence.toFixed(2)} → ${result.finalConfidence.toFixed(2)}`,
  );
  screen.field('findings', Object.keys(result.findings).join(', '));
  screen.field('tokens', `${result.usage.inputTokens} → ${result.usage.outputTokens}`);
  return manager;
}
