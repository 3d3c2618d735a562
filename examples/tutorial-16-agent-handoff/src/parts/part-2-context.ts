import { createHandoffContext, toPrompt } from '@agent-handoff/core';
import type { Stage } from '../stage.ts';
import type { Team } from './part-1-agents.ts';

/** A context made by hand, and the prompt that its target would read. */
export function part2Context({ screen, ticket }: Stage, team: Team): void {
  screen.heading('Part 2  The context that travels along', ['createHandoffContext', 'toPrompt']);
  const context = createHandoffContext({
    sourceAgentId: team.intake.id,
    targetAgentId: team.paymentsEngineer.id,
    reason: 'specialization',
    originalTask: `Card payments fail since 08:10 (ticket ${ticket})`,
    conversationSummary: 'A customer could not pay in three attempts; bank transfers work.',
    findings: { declined: '31 of 40 payments', answer: { code: 96, from: 'bank' } },
    confidence: 0.4,
    instructions: 'Look at the connection to the bank first.',
    handoffChain: [team.intake.id],
  });
  screen.field('from, to', `${context.sourceAgentId} → ${context.targetAgentId}`);
  screen.field('reason', context.reason);
  screen.field('confidence', `${context.confidence * 100} %`);
  screen.line();
  screen.line('As the target reads it, blank lines left out:');
  for (const line of toPrompt(context).split('\n')) {
    if (line !== '') screen.quote(line);
  }
}
