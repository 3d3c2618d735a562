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

/** The same two, where triage's model decides: it calls the tool that hands the conversation to billing. */
export function routingAgents() {
  const [, billing] = instantAgents();
  const { id, systemPrompt } = scenario.triage;
  const model = transferringModel(`transfer_to_${billing.id}`);
  return [
    createHandoffAgent({ id, systemPrompt, model, canTransferTo: [billing.id] }),
    billing,
  ] as const;
}

/** A model that calls one tool, and whose turn is over with the tool's answer. */
export function transferringModel(toolName: string): HandoffModel {
  return {
    async generate({ tools, signal }) {
      const id = 'call_transfer';
      const tool = tools.find(({ name }) => name === toolName);
      if (!tool) throw new Error(`The model was offered no ${toolName}.`);
      const { output } = await tool.execute({}, { toolCallId: id, signal });
      return {
        status: 'completed',
        output: '',
        messages: [
          message.assistant([{ type: 'tool_call', id, name: toolName, arguments: {} }]),
          message.tool(id, output),
        ],
        usage: scenario.usage,
      };
    },
  };
}
