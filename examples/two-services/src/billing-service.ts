import { createHandoffManager, type HandoffAgent } from '@agent-handoff/core';
import { createHandoffRouter } from '@agent-handoff/express-middleware';
import express from 'express';

/** Refunds what it is asked to, and says so word by word. In your service a model does this. */
const billing: HandoffAgent = {
  id: 'billing',
  name: 'Billing',
  async receiveHandoff({ originalTask, payload }, { onEvent, signal } = {}) {
    const asked = { order: Number(/\d+/.exec(originalTask)?.[0]) };
    const { order } = (payload ?? asked) as { readonly order: number };
    const words = `Order ${order} is refunded.`.split(/(?<= )/);
    for (const delta of words) {
      signal?.throwIfAborted();
      onEvent?.({ type: 'output-delta', delta });
    }
    return {
      status: 'completed',
      output: words.join(''),
      findings: { order, asked: originalTask },
      usage: { inputTokens: 40, outputTokens: words.length, totalTokens: 40 + words.length },
    };
  },
};
/** The first whom customers talk to. Your model calls its tool `transfer_to_billing`. */
const desk: HandoffAgent = {
  id: 'desk',
  name: 'Desk',
  canTransferTo: ['billing'],
  receiveHandoff: async () => ({
    status: 'completed',
    output: '',
    transfer: { target: 'billing', reason: 'specialization', toolCallId: 'call-1' },
  }),
};
const keys = new Map([['key-of-the-shop', { id: 'shop' }]]);

const app = express();
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { readonly port: number };
  const publicUrl = `http://127.0.0.1:${port}/agents`;
  app.use(
    '/agents',
    createHandoffRouter({
      manager: createHandoffManager({ agents: [billing, desk] }),
      publicUrl,
      authenticate: (req) => keys.get(req.get('authorization')?.replace(/^Bearer /, '') ?? ''),
      limits: { maxTokens: 10_000, timeoutMs: 30_000 },
    }),
  );
  process.send?.({ url: publicUrl });
});
process.on('disconnect', () => process.exit(0));
