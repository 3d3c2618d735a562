import { Agent, type Model, type ModelResponse, Runner, Usage } from '@openai/agents';
import { assistantMessage, functionCall } from '@openai/agents/testing';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';

/**
 * The handoff of `@openai/agents`: triage's model calls the transfer tool, billing's model answers.
 * Agents and runner are made once; tracing, which nobody would receive, is off. Its published
 * `ScriptedModel` copies and freezes each request; a bare model is faster, and so fairer.
 */
export function openaiAgents(batch: number): Contender {
  const name = '@openai/agents';
  const { task, triage, billing } = scenario;
  const specialist = new Agent({
    name: billing.id,
    instructions: billing.systemPrompt,
    model: instantModel(() => assistantMessage(billing.output)),
  });
  const entry = new Agent({
    name: triage.id,
    instructions: triage.systemPrompt,
    model: instantModel(() =>
      functionCall(`transfer_to_${billing.id}`, {}, { callId: 'call_transfer' }),
    ),
    handoffs: [specialist],
  });
  const runner = new Runner({ tracingDisabled: true });
  return {
    name,
    batch,
    async run() {
      const { finalOutput, lastAgent } = await runner.run(entry, task);
      expectAnswer(name, lastAgent?.name === billing.id ? finalOutput : undefined);
    },
  };
}

function instantModel(answer: () => ModelResponse['output'][number]): Model {
  const { inputTokens, outputTokens, totalTokens } = scenario.usage;
  return {
    async getResponse() {
      const usage = new Usage({ requests: 1, inputTokens, outputTokens, totalTokens });
      return { usage, output: [answer()] };
    },
    getStreamedResponse() {
      throw new Error('The scenario does not stream.');
    },
  };
}
