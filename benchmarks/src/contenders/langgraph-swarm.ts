import { MemorySaver } from '@langchain/langgraph';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { createHandoffTool, createSwarm } from '@langchain/langgraph-swarm';
import type { Contender } from '../contender.ts';
import { expectAnswer, scenario } from '../scenario.ts';
import { InstantChatModel } from './instant-chat-model.ts';

/** Threads of a `MemorySaver` before it is replaced: it forgets nothing by itself. */
const threadsPerSaver = 200;

/**
 * The handoff of langgraph-swarm: triage's model calls the transfer tool, billing's model answers. Its
 * memory is a checkpointer; compiled without one it keeps nothing.
 */
export function langgraphSwarm(
  batch: number,
  { checkpointer }: { readonly checkpointer: boolean },
): Contender {
  const name = `langgraph-swarm, ${checkpointer ? 'with' : 'without'} a checkpointer`;
  const { task, triage, billing } = scenario;
  const workflow = createSwarm({
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
  });
  let swarm = workflow.compile();
  let threads = 0;
  return {
    name,
    batch,
    async run() {
      if (checkpointer && threads % threadsPerSaver === 0) {
        swarm = workflow.compile({ checkpointer: new MemorySaver() });
      }
      const { messages, activeAgent } = await swarm.invoke(
        { messages: [{ role: 'user', content: task }] },
        { configurable: { thread_id: `thread-${++threads}` } },
      );
      expectAnswer(name, activeAgent === billing.id ? messages.at(-1)?.content : undefined);
    },
  };
}
