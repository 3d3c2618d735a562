import { createHandoffAgent, createHandoffManager } from '@agent-handoff/core';
import { type LanguageModel, streamText, ToolLoopAgent, type ToolSet } from 'ai';
import { z } from 'zod';
import {
  acceptedTransfer,
  delegateTool,
  fromAiSdk,
  streamHandoffs,
  transferTool,
} from '../src/index.ts';
import { defineAiSdkAgent } from '../src/model.ts';

declare const model: LanguageModel;
declare const tools: ToolSet;

const billing = fromAiSdk(new ToolLoopAgent({ model }), {
  name: 'Billing Desk',
  payloadSchema: z.object({ euros: z.number() }),
  dataSchema: z.object({ done: z.boolean() }),
});
const triage = defineAiSdkAgent({ id: 'triage', model, instructions: 'Sort.', tools });
const manager = createHandoffManager({ agents: [billing, triage] });

// Ids are literals, payload and data are typed.
export const id: 'billing-desk' = billing.id;
export const input = { target: 'billing-desk', task: 'Refund.', payload: { euros: 4 } } as const;
export const done: Promise<boolean | undefined> = manager
  .executeHandoff(input)
  .then(({ data }) => data?.done);
// @ts-expect-error the payload is missing
void manager.executeHandoff({ target: 'billing-desk', task: 'Refund.' });

// Tools know the ids of their manager.
delegateTool({ manager, source: 'triage', target: 'billing-desk' });
delegateTool({ manager, target: 'triage', parent: () => undefined });
// @ts-expect-error nobody has this id
delegateTool({ manager, target: 'sales' });
// @ts-expect-error nobody has this id
transferTool({ manager, source: 'sales', target: 'triage' });
// @ts-expect-error a transfer does not come back
transferTool({ manager, target: 'triage', reason: 'delegation' });

// An agent that needs call options can't be called without them.
const withOptions = new ToolLoopAgent<{ user: string }>({
  model,
  callOptionsSchema: z.object({ user: z.string() }),
});
// @ts-expect-error its call options are missing
fromAiSdk(withOptions, { id: 'personal' });
// @ts-expect-error an agent of the AI SDK brings its own model
fromAiSdk(new ToolLoopAgent({ model }), { id: 'a', model: createHandoffAgent({ id: 'b' }) });

// A manager can be used in the function that makes an agent of it.
const lead = fromAiSdk(
  ({ tools: handoffTools }) =>
    new ToolLoopAgent({
      model,
      tools: { ...tools, ...handoffTools },
      stopWhen: acceptedTransfer(),
    }),
  { id: 'lead', canDelegateTo: ['triage'] },
);
export const leadId: 'lead' = lead.id;

const result = streamHandoffs(streamText, { manager, agents: [triage], messages: [], tools });
export const text: PromiseLike<string> = result.text;
// @ts-expect-error the model is the agents'
streamHandoffs(streamText, { manager, agents: [triage], messages: [], model });
// @ts-expect-error an agent without settings can't share a response
streamHandoffs(streamText, { manager, agents: [billing], messages: [] });
// @ts-expect-error nobody has this id
streamHandoffs(streamText, { manager, agents: [triage], messages: [], entry: 'sales' });

// @ts-expect-error an option that nothing reads: it is called canTransferTo
fromAiSdk(new ToolLoopAgent({ model }), { id: 'open', canTransfer: ['billing-desk'] });
// @ts-expect-error an option that nothing reads: it is called instructions
defineAiSdkAgent({ id: 'told', model, systemPrompt: 'Sort.' });
