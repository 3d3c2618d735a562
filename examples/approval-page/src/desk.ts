import {
  type Clock,
  createHandoffManager,
  type HandoffAgent,
  type Policy,
  systemClock,
} from '@agent-handoff/core';
import { sqliteStore } from '@agent-handoff/store-sqlite';

const billing: HandoffAgent = {
  id: 'billing',
  name: 'Billing',
  receiveHandoff: async () => ({ status: 'completed', output: 'Refunded.' }),
};
/** Refunds above 100 are for a person to decide. */
const largeRefunds: Policy = {
  name: 'large-refunds',
  decide: ({ context }) => {
    const { amount } = context.payload as { readonly amount: number };
    return amount > 100 ? { requireApproval: `A refund of ${amount} is above 100.` } : 'permit';
  },
};

/** The same desk in every process: its state is in the file. `laterMs` sets its clock ahead. */
export function openDesk(path: string, laterMs = 0) {
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + laterMs };
  const store = sqliteStore({ path });
  return createHandoffManager({ agents: [billing], policies: [largeRefunds], store, clock });
}
