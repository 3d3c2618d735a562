import type { HandoffAgent } from '@agent-handoff/core';
import { serveHere, tell } from './tell.ts';

/** Books at once, but for what is to be slow. */
const ledger: HandoffAgent = {
  id: 'ledger',
  name: 'ledger',
  async receiveHandoff({ handoffChain, traceparent, originalTask }, { signal } = {}) {
    tell({ handoffChain, traceparent });
    if (originalTask.includes('slow')) {
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          tell({ aborted: true });
          reject(signal.reason);
        });
      });
    }
    const usage = { inputTokens: 300, outputTokens: 7, totalTokens: 307 };
    return { status: 'completed', output: 'Booked under 42.', usage };
  },
};
await serveHere([ledger]);
