import { createHandoffAgent, createHandoffContext, type HandoffAgent } from '@agent-handoff/core';
import { roles } from '../roles.ts';
import { mustHold, type Stage } from '../stage.ts';

/** The three agents that most of the tutorial is about. */
export type Team = ReturnType<typeof createTeam>;

function createTeam({ slots }: Stage) {
  const intake = createHandoffAgent({
    id: 'intake',
    ...roles.intake,
    // It answers often and briefly: a case for the faster model.
    model: slots.b('intake'),
    canTransferTo: ['payments-engineer'],
    canEscalateTo: ['duty-manager'],
  });
  const paymentsEngineer = createHandoffAgent({
    name: 'Payments Engineer',
    ...roles['payments-engineer'],
    model: slots.a('payments-engineer'),
    canEscalateTo: ['duty-manager'],
  });
  const dutyManager = createHandoffAgent({
    name: 'Duty Manager',
    ...roles['duty-manager'],
    model: slots.a('duty-manager'),
  });
  return { intake, paymentsEngineer, dutyManager };
}

/** Three agents with the paths between them; one is asked directly, without a manager. */
export async function part1Agents(stage: Stage): Promise<Team> {
  const { screen, ticket } = stage;
  screen.heading('Part 1  Agents that receive handoffs', ['createHandoffAgent', 'receiveHandoff']);
  const team = createTeam(stage);
  for (const agent of Object.values(team)) {
    screen.line(`${agent.id}: ${agent.description}`);
    screen.line(`  ${paths(agent)}`);
  }

  screen.line();
  screen.line('A handoff straight to one of them, from the user:');
  const report = await team.intake.receiveHandoff(
    createHandoffContext({
      sourceAgentId: 'user',
      targetAgentId: team.intake.id,
      originalTask: `A customer cannot pay by card (ticket ${ticket})`,
      instructions: 'Say in one sentence what kind of problem this is.',
    }),
  );
  mustHold(report.status === 'completed', 'An agent that was asked directly completes its answer.');
  screen.quote(report.output);
  return team;
}

function paths({ canTransferTo, canEscalateTo }: HandoffAgent): string {
  const ways = [
    ...(canTransferTo ? [`transfers to ${canTransferTo.join(', ')}`] : []),
    ...(canEscalateTo ? [`escalates to ${canEscalateTo.join(', ')}`] : []),
  ];
  return ways.length === 0 ? 'declares no paths' : ways.join('; ');
}
