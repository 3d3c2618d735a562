import { setTimeout } from 'node:timers/promises';
import type { HandoffAgent } from '@agent-handoff/core';
import { sqliteStore } from '@agent-handoff/store-sqlite';
import { serveHere, tell } from './tell.ts';

const billing: HandoffAgent = {
  id: 'billing',
  name: 'billing',
  async receiveHandoff({ handoffId }) {
    tell({ ran: handoffId });
    // So that others ask for it while it runs.
    await setTimeout(100);
    return { status: 'completed', output: `Refunded by ${process.pid}.` };
  },
};
await serveHere([billing], { store: sqliteStore({ path: process.env['DB'] ?? '' }) });
