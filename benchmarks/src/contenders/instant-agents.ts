import { createHandoffAgent, type HandoffModel, message } from '@agent-handoff/core';
import { scenario } from '../scenario.ts';

/** A model that answers at once, and always the same. */
function instantModel(output: string): HandoffModel {
  return {
    async generate() {
      return {
        status: 'completed',
        output,
        messages: [message.assistant(output)],
        usage: scenario.usage,
      };
    },
  };
}

/** The two agents of the scenario. */
export function instantAgents() {
  const { triage, billing } = scenario;
  return [
    createHandoffAgent({
      id: triage.id,
      systemPrompt: triage.systemPrompt,
      model: instantModel(triage.output),
      canTransferTo: [billing.id],
    }),
    createHandoffAgent({
      id: billing.id,
      systemPrompt: billing.systemPrompt,
      model: instantModel(billing.output),
    }),
  ] as const;
}
