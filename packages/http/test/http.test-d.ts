import { createHandoffManager, type HandoffAgent } from '@agent-handoff/core';
import * as z from 'zod';
import { createRemoteAgent as createEdgeAgent, createHandoffHandler } from '../src/index.ts';
import { createRemoteAgent } from '../src/node.ts';

const url = 'https://example.com';
const billing = createRemoteAgent({
  id: 'billing',
  url,
  payloadSchema: z.object({ order: z.number() }),
  dataSchema: z.object({ refunded: z.boolean() }),
});
const legal = createRemoteAgent({ id: 'legal', url });
const manager = createHandoffManager({ agents: [billing, legal] });

export const typed: HandoffAgent<'billing', { order: number }, { refunded: boolean }> = billing;

export async function handOver(): Promise<void> {
  const result = await manager.executeHandoff({
    target: 'billing',
    task: 'x',
    payload: { order: 1 },
  });
  if (result.success) void (result.data.refunded satisfies boolean);
  await manager.executeHandoff({ target: 'legal', task: 'x' });
  // @ts-expect-error the payload of a remote agent is typed
  await manager.executeHandoff({ target: 'billing', task: 'x', payload: { order: 'one' } });
  // @ts-expect-error and needed
  await manager.executeHandoff({ target: 'billing', task: 'x' });
  // @ts-expect-error no such agent
  await manager.executeHandoff({ target: 'sales', task: 'x' });
}

// @ts-expect-error where names can't be looked up, origins are needed
createEdgeAgent({ id: 'billing', url });
createEdgeAgent({ id: 'billing', url, allowedOrigins: [url] });
// @ts-expect-error an option that nothing reads: it is called headers
createEdgeAgent({ id: 'billing', url, allowedOrigins: [url], header: {} });
// @ts-expect-error the same on Node.js
createRemoteAgent({ id: 'billing', url, header: {} });

// @ts-expect-error authenticate is required
createHandoffHandler({ manager, publicUrl: url });
// @ts-expect-error a caller has an id
createHandoffHandler({ manager, publicUrl: url, authenticate: () => ({ name: 'ada' }) });
createHandoffHandler({
  manager,
  publicUrl: url,
  authenticate: async () => ({ id: 'ada', roles: ['lead'] }),
  // What authenticate knows of the caller is there for authorize.
  authorize: ({ caller, action }) => action !== 'resume' || caller.roles.includes('lead'),
});
