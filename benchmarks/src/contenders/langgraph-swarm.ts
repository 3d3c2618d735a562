import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { createHandoffTool, createSwarm } from '@langchain/langgraph-swarm';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';
import { InstantChatModel } from './instant-chat-model.ts';

/**
 * The handoff of langgraph-swarm: triage's model calls the transfer tool, billing's model answers. The
 * graph is compiled once, and without a checkpointer, so that it keeps nothing.
 */
export function langgraphSwarm(batch: number): Contender {
  const name = 'langgraph-swarm';
  const { task, triage, billing } = scenario;
  const swarm = createSwarm({
    agents: [
      createReactAgent({
        name: triage.id,
        prompt: triage.systemPrompt,
        llm: new InstantChatModel(triage.output, `transfer_to_${billing.id}`),
        tools: [createHandoffTool({ agentName: billing.id })],
      }),
      createReactAgent({
        name: billing.id,
        prompt: billing.systemPrompt,
        llm: new InstantChatModel(billing.output),
        tools: [],
      }),
    ],
    defaultActiveAgent: triage.id,
  }).compile();
  return {
    name,
    batch,
    async run() {
      const { messages, activeAgent } = await swarm.invoke({
        messages: [{ role: 'user', content: task }],
      });
      expectAnswer(name, activeAgent === billing.id ? messages.at(-1)?.content : undefined);
    },
  };
}
