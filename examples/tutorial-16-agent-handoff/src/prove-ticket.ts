import type { HandoffResult } from '@agent-handoff/core';
import type { Exchange } from './models/model-endpoint.ts';
import { chainAgents, type FinishedChain } from './parts/part-7-chain.ts';
import { roles } from './roles.ts';
import { mustHold, type Stage } from './stage.ts';

/** What of a {@link FinishedChain} is looked at. */
export interface ProvenChain extends Pick<FinishedChain, 'contexts' | 'firstExchange'> {
  readonly steps: readonly Pick<HandoffResult, 'output'>[];
}

/**
 * Shows that the ticket number went through every agent of the chain: it is in what each was asked and
 * in what each answered, in order, and nothing but these answers carried it from one to the next.
 *
 * @throws Disproved with the first place that lacks it.
 */
export function proveTicket(
  { screen, endpoint, ticket }: Pick<Stage, 'screen' | 'endpoint' | 'ticket'>,
  { steps, contexts, firstExchange }: ProvenChain,
): void {
  screen.heading(`Proof  The way of ${ticket}, by ${endpoint.logKeeper}`);
  let log = endpoint.exchanges().slice(firstExchange);
  for (const [i, agentId] of chainAgents.entries()) {
    const at = log.findIndex(({ systemPrompt }) => systemPrompt === roles[agentId].systemPrompt);
    const exchange: Exchange | undefined = log[at];
    mustHold(exchange !== undefined, `${agentId} was asked in its turn.`);
    log = log.slice(at + 1);
    mustHold(exchange.request.includes(ticket), `${ticket} is in what ${agentId} was asked.`);
    mustHold(exchange.answer.includes(ticket), `${ticket} is in what ${agentId} answered.`);
    if (i === 0) {
      screen.proven(`${agentId} was asked about it by the user, and answered with it`);
      continue;
    }
    const previous = chainAgents[i - 1] as string;
    const { findings = {}, ...others } = contexts[i] ?? {};
    mustHold(
      JSON.stringify(findings[previous] ?? null).includes(ticket),
      `${agentId} was handed ${ticket} in the findings of ${previous}.`,
    );
    const found = Object.keys(findings).every((id) =>
      chainAgents.slice(0, i).some((by) => by === id),
    );
    mustHold(
      found && !JSON.stringify(others).includes(ticket),
      `${agentId} was told ${ticket} by nobody else.`,
    );
    screen.proven(`${agentId} had it from the findings of ${previous}, and said it`);
  }
  mustHold(steps.at(-1)?.output?.includes(ticket) === true, `${ticket} is in the last output.`);
  screen.proven('it is in the last output of the chain');
}
