import { fromLangChain } from '@agent-handoff/adapter-langchain';
import { handoffNode } from '@agent-handoff/adapter-langchain/langgraph';
import { createHandoffManager, type HandoffStore } from '@agent-handoff/core';
import {
  type BaseCheckpointSaver,
  interrupt,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import * as z from 'zod';
import type { ModelEndpoint } from './model-endpoint.ts';

/** What outlives the process. */
export interface Kept {
  readonly checkpointer: BaseCheckpointSaver;
  readonly store: HandoffStore;
  /** Where the money goes. */
  readonly refunded: number[];
}

/** A graph that hands refunds to billing, whose tool asks a person where the sum is high. */
export function refundDesk(
  { baseUrl: baseURL, apiKey, model }: ModelEndpoint,
  { checkpointer, store, refunded }: Kept,
) {
  const refund = tool(
    ({ amount }) => {
      if (amount > 500 && interrupt(`Refund ${amount}?`) !== 'yes') return 'It was refused.';
      refunded.push(amount);
      return `Refunded ${amount}.`;
    },
    {
      name: 'refund',
      description: 'Refunds an amount.',
      schema: z.object({ amount: z.number() }),
    },
  );
  const billing = createAgent({
    model: new ChatOpenAI({ model, apiKey, configuration: { baseURL } }),
    tools: [refund],
  });
  const manager = createHandoffManager({
    agents: [fromLangChain(billing, { id: 'billing' })],
    store,
  });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('billing', handoffNode({ manager, target: 'billing' }))
    .addEdge(START, 'billing')
    .compile({ checkpointer });
  return { graph, manager };
}
