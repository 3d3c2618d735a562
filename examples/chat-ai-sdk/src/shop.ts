import { defineAiSdkAgent } from '@agent-handoff/adapter-vercel-ai/model';
import { createHandoffManager } from '@agent-handoff/core';
import { type LanguageModel, tool } from 'ai';
import { z } from 'zod';

/** Refunds up to this are the agent's own business. */
const maxUnasked = 20;

const orders = new Map([
  ['1182', { item: 'Brass desk lamp', euros: 42.5, parcel: 'LX-7' }],
  ['1190', { item: 'Light bulbs, 4 pieces', euros: 12, parcel: 'LX-9' }],
]);
const order = z.string().describe('The number of the order, digits only.');

const findOrder = tool({
  description: 'Looks up an order.',
  inputSchema: z.object({ order }),
  execute: async (input) => orders.get(input.order) ?? `There is no order ${input.order}.`,
});

const refund = tool({
  description: 'Pays money back for an order.',
  inputSchema: z.object({ order, euros: z.number().positive() }),
  needsApproval: ({ euros }) => euros > maxUnasked,
  execute: async (input) => ({ refunded: input.euros, order: input.order }),
});

const trackParcel = tool({
  description: 'Says where the parcel of an order is.',
  inputSchema: z.object({ order }),
  execute: async (input) =>
    orders.has(input.order) ? 'With the courier, 3 stops away.' : 'There is no such parcel.',
});

/** The agents of a shop's chat, and the manager that records what they hand on. */
export function openShop(modelOf: (agentId: string) => LanguageModel) {
  const agents = [
    defineAiSdkAgent({
      id: 'triage',
      name: 'Front desk',
      description: 'Hears what it is about',
      model: modelOf('triage'),
      instructions:
        'You are the front desk of a lamp shop. In one sentence say who will help, and transfer the conversation: money goes to refunds, parcels to deliveries. Answer only small talk yourself.',
      canTransferTo: ['refunds', 'deliveries'],
    }),
    defineAiSdkAgent({
      id: 'refunds',
      name: 'Refunds',
      description: 'Broken goods and money back',
      model: modelOf('refunds'),
      instructions:
        'You settle refunds for a lamp shop. Look the order up, then refund its price with the tool: the customer is asked to confirm by the tool itself. Then say in two sentences what happened. Questions about parcels go to deliveries.',
      tools: { findOrder, refund },
      canTransferTo: ['triage', 'deliveries'],
    }),
    defineAiSdkAgent({
      id: 'deliveries',
      name: 'Deliveries',
      description: 'Where parcels are',
      model: modelOf('deliveries'),
      instructions: 'You say where the parcels of a lamp shop are. Track the parcel, then answer.',
      tools: { trackParcel },
      canTransferTo: ['triage'],
    }),
  ] as const;
  return { agents, manager: createHandoffManager({ agents }) };
}
