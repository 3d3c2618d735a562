import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandoffManager, type HandoffAgent, memoryStore } from '@agent-handoff/core';
import { createHandoffRouter } from '@agent-handoff/express-middleware';
import { createHandoffHandler } from '@agent-handoff/http';
import { createRequestListener } from '@remix-run/node-fetch-server';
import express from 'express';

/** The other process of the benchmark: on each server handlers of one's own beside the real one. */
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
const manager = createHandoffManager({
  agents: [instant, patient],
  store: memoryStore({ maxTasks: 3_000 }),
});
const options = { manager, publicUrl: 'http://127.0.0.1/agents', authenticate: () => caller };

interface Asked {
  readonly target: 'instant';
  readonly task: string;
}
/** What a handoff answers with, without the handoff. */
const sample = await manager.executeHandoff({ target: 'instant', task: 'Refund order 1182' });
const answers = {
  '/empty': async () => ({ output: 'Refunded.' }),
  '/as-long': async ({ target }: Asked) => ({ ...sample, targetAgentId: target }),
  '/by-hand': ({ target, task }: Asked) => manager.executeHandoff({ target, task }),
} as const;
type Path = keyof typeof answers;

const handler = createHandoffHandler(options);
const behindFetch = createServer(
  createRequestListener(async (request: Request) => {
    const answer = answers[new URL(request.url).pathname as Path];
    if (!answer) return handler(request);
    return Response.json(await answer((await request.json()) as Asked));
  }),
);

const app = express();
for (const [path, answer] of Object.entries(answers)) {
  app.post(path, express.json(), async (req, res) => void res.json(await answer(req.body)));
}
app.use('/agents', createHandoffRouter(options));
const behindExpress = createServer(app);

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
const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4_096, () => resolve((server.address() as AddressInfo).port));
  });
process.send?.({ express: await listen(behindExpress), fetch: await listen(behindFetch) });
