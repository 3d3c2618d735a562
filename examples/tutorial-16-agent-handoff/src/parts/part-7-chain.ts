import {
  createAgentState,
  type HandoffContext,
  type HandoffResult,
  message,
  unwrap,
} from '@agent-handoff/core';
import type { RoleId } from '../roles.ts';
import type { Stage } from '../stage.ts';
import type { TeamManager } from './part-4-manager.ts';

/** A chain that has run. */
export interface FinishedChain {
  readonly taskId: string;
  readonly steps: readonly HandoffResult[];
  /** What each agent was handed, in order. */
  readonly contexts: readonly HandoffContext[];
  /** How many requests the models had had before it. */
  readonly firstExchange: number;
}

/** The agents of the chain, in order. */
export const chainAgents = [
  'intake',
  'payments-engineer',
  'duty-manager',
] as const satisfies readonly RoleId[];

/** One task through three agents. Only the first is told the ticket number. */
export async function part7Chain(
  { screen, endpoint, ticket }: Stage,
  manager: TeamManager,
): Promise<FinishedChain> {
  screen.heading('Part 7  A chain of three agents', ['chainHandoff']);
  const firstExchange = endpoint.exchanges().length;
  const [first, second, third] = chainAgents;
  const chain = await manager.chainHandoff({
    task: `Nobody can pay by card, and orders get lost (ticket ${ticket})`,
    targets: [
      first,
      { target: second, task: 'Find the cause' },
      { target: third, task: 'Decide what is done now' },
    ],
    state: createAgentState({
      agentId: 'user',
      messages: [message.user('This costs us a thousand orders an hour.')],
      confidence: 0.2,
    }),
  });
  screen.line();
  for (const [i, step] of chain.steps.entries()) {
    const { sourceAgentId, targetAgentId, status, finalConfidence, returnedContext } = step;
    const way = `${sourceAgentId} → ${targetAgentId}, ${returnedContext?.reason}`;
    screen.field(`step ${i + 1}`, `${way}: ${status}, confidence ${finalConfidence.toFixed(2)}`);
  }
  const { taskId, output, findings } = unwrap(chain);
  const contexts = (await manager.history({ taskId })).map(({ context }) => context);
  screen.field('findings', Object.keys(findings).join(', '));
  screen.line();
  screen.line('What the last one says:');
  screen.quote(output, 480);
  return { taskId, steps: chain.steps, contexts, firstExchange };
}
