import { createAgentState, type HandoffContext, message, withMessage } from '@agent-handoff/core';
import { mustHold, type Stage } from '../stage.ts';
import type { TeamManager } from './part-4-manager.ts';

/** A handoff that is checked and recorded, and not run yet. */
export async function part5Creating(
  { screen, ticket }: Stage,
  manager: TeamManager,
): Promise<HandoffContext> {
  screen.heading('Part 5  A handoff to be run later', ['createAgentState', 'createHandoff']);
  let state = createAgentState({
    agentId: 'intake',
    toolHistory: ['read_orders', 'read_payment_log'],
    iteration: 2,
    confidence: 0.45,
  });
  state = withMessage(state, message.user('Nobody can pay by card.'));
  state = withMessage(state, message.assistant('I see it in the payment log. I will ask around.'));

  const context = await manager.createHandoff({
    source: 'intake',
    target: 'payments-engineer',
    task: `Find out what the bank answers (ticket ${ticket})`,
    findings: { log: 'code 96 in 31 of 40 payments' },
    instructions: 'Begin with the certificate.',
    state,
  });
  screen.field('id', context.handoffId);
  screen.field('chain', [...context.handoffChain, context.targetAgentId].join(' → '));
  screen.field('snapshot', JSON.stringify(context.stateSnapshot, null, 1));
  screen.field('summary', context.conversationSummary ?? 'none');

  const entry = await manager.get(context.handoffId);
  mustHold(entry?.status === 'requested', 'A created handoff waits as requested.');
  screen.field('status', `${entry.status}: recorded, and no model was called`);
  return context;
}
