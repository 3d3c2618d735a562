import { delegateTool } from '@agent-handoff/adapter-langchain';
import { fromAiSdk } from '@agent-handoff/adapter-vercel-ai';
import { createHandoffAgent, createHandoffManager } from '@agent-handoff/core';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import { stepCountIs, ToolLoopAgent, tool } from 'ai';
import { createAgent } from 'langchain';
import * as z from 'zod';
import type { ModelEndpoint } from './model-endpoint.ts';

/** What came of the case. */
export interface TriageOutcome {
  /** What the customer is told. */
  readonly answer: string;
  /** What nobody knows but the specialist's tool. */
  readonly reference: string;
  readonly handoffs: readonly string[];
  /** What is wrong; nothing where all is as it should be. */
  readonly problems: readonly string[];
}

/** A LangChain agent asks a specialist of the AI SDK, and tells the customer what it found. */
export async function runTriage({
  baseUrl: baseURL,
  apiKey,
  model,
}: ModelEndpoint): Promise<TriageOutcome> {
  const reference = `R-${crypto.randomUUID().slice(0, 8)}`;

  // The specialist: an agent of the AI SDK, with a tool of its own.
  const specialist = new ToolLoopAgent({
    model: createOpenAICompatible({ name: 'models', baseURL, apiKey })(model),
    instructions: 'You look invoices up and say what you found, with its reference.',
    tools: {
      look_up_invoice: tool({
        description: 'Looks an invoice up.',
        inputSchema: z.object({ invoiceId: z.number() }),
        execute: ({ invoiceId }) =>
          `Invoice ${invoiceId} was charged twice, refund ${reference} is on its way.`,
      }),
    },
    stopWhen: stepCountIs(5),
  });
  const billing = fromAiSdk(specialist, { id: 'billing', description: 'Invoices and refunds' });
  const manager = createHandoffManager({
    agents: [createHandoffAgent({ id: 'triage', canDelegateTo: ['billing'] }), billing],
  });

  // The triage agent: an agent of LangChain, to which the specialist is a tool.
  const triage = createAgent({
    model: new ChatOpenAI({ model, apiKey, configuration: { baseURL } }),
    systemPrompt: 'You answer customers. Let billing look into invoices, and quote its reference.',
    tools: [delegateTool({ manager, source: 'triage', target: 'billing' })],
  });
  const { messages } = await triage.invoke({ messages: 'Why was invoice 7 charged twice?' });
  const answer = messages.at(-1)?.text ?? '';

  const entries = await manager.history();
  const problems = answer.includes(reference) ? [] : [`The answer doesn't have ${reference}.`];
  if (entries.length !== 1) problems.push(`There were ${entries.length} handoffs instead of one.`);
  for (const { taskId, result } of entries) {
    if (!String(result?.findings['billing']).includes(reference)) {
      problems.push('The reference is not among the findings.');
    }
    problems.push(...(await manager.verify(taskId)).problems.map((each) => JSON.stringify(each)));
  }
  return {
    answer,
    reference,
    handoffs: entries.map(
      (each) => `${each.sourceAgentId} -> ${each.targetAgentId}: ${each.status}`,
    ),
    problems,
  };
}
