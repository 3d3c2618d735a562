import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandoffManager, type HandoffAgent, memoryStore } from '@agent-handoff/core';
import { createHandoffHandler } from '@agent-handoff/http';
import { createRequestListener } from '@remix-run/node-fetch-server';

/** The other process of the benchmark: an empty handler and the real one behind the same bridge. */
const instant: HandoffAgent = {
  id: 'instant',
  name: 'instant',
  receiveHandoff: async () => ({ status: 'completed', output: 'Refunded.' }),
};
let waiting: (() => void)[] = [];
const patient: HandoffAgent = {
  id: 'patient',
  name: 'patient',
  async receiveHandoff(_context, { onEvent } = {}) {
    onEvent?.({ type: 'output-delta', delta: 'One moment. ' });
    await new Promise<void>((resolve) => waiting.push(resolve));
    onEvent?.({ type: 'output-delta', delta: 'Done.' });
    return { status: 'completed', output: 'One moment. Done.' };
  },
};
const caller = { id: 'bench' };
const handler = createHandoffHandler({
  manager: createHandoffManager({
    agents: [instant, patient],
    store: memoryStore({ maxTasks: 3_000 }),
  }),
  publicUrl: 'http://127.0.0.1/agents',
  authenticate: () => caller,
});
const empty = async (): Promise<Response> => Response.json({ output: 'Refunded.' });

const server = createServer(
  createRequestListener((request: Request) =>
    new URL(request.url).pathname === '/empty' ? empty() : handler(request),
  ),
);

async function heapInUse(): Promise<number> {
  if (typeof gc !== 'function') throw new Error('Run this with node --expose-gc.');
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

process.on('message', (asked) => {
  if (asked === 'heap?') void heapInUse().then((heap) => process.send?.({ heap }));
  if (asked === 'cpu?') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system });
  }
  if (asked === 'waiting?') process.send?.({ waiting: waiting.length });
  if (asked !== 'go on') return;
  const released = waiting;
  waiting = [];
  for (const release of released) release();
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', 4_096, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
