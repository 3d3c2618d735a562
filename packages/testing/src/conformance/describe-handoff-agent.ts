import { checkOptions } from '@agent-handoff/core/adapter';
import { describe, test } from 'vitest';
import { agentAnswerChecks } from './agent-answer-checks.ts';
import { agentStreamChecks, agentToolChecks } from './agent-event-checks.ts';
import { agentPromptChecks } from './agent-prompt-checks.ts';
import type { AgentAbilities, AgentSubject, MakeAgent } from './agent-subject.ts';
import type { ConformanceCheck } from './conformance-check.ts';

const abilityNames = {
  tools: true,
  streaming: true,
  prompt: true,
} satisfies Record<keyof AgentAbilities, true>;

/** Everything that the `HandoffAgent` port promises of an agent with these abilities. */
export function handoffAgentChecks(
  abilities: AgentAbilities = {},
): readonly ConformanceCheck<AgentSubject>[] {
  checkOptions('handoffAgentChecks', abilities, abilityNames);
  const { tools = true, streaming = true, prompt = true } = abilities;
  return [
    ...agentAnswerChecks,
    ...(prompt ? agentPromptChecks : []),
    ...(streaming ? agentStreamChecks : []),
    ...(tools ? agentToolChecks : []),
  ];
}

/**
 * The conformance suite of agents: one vitest test for each promise of the port. The suite plays the
 * model: `make` puts a function in the place of whatever answers behind the agent.
 *
 * @param make makes an agent with the id `subject` on top of a model; called once for each test.
 *
 * @example
 * describeHandoffAgent('createHandoffAgent', (model) =>
 *   createHandoffAgent({ id: 'subject', model: modelOfDouble(model) }),
 * );
 */
export function describeHandoffAgent(
  name: string,
  make: MakeAgent,
  abilities: AgentAbilities = {},
): void {
  checkOptions('describeHandoffAgent', abilities, abilityNames);
  describe(`${name} is a HandoffAgent that`, () => {
    for (const check of handoffAgentChecks(abilities)) {
      test(check.name, () => check.run({ make, ...abilities }));
    }
  });
}
