import { createHandoffManager, type HandoffContext } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import express, { type Request } from 'express';
import { createHandoffRouter, handoffContext } from '../src/index.ts';

const app = express();
const manager = createHandoffManager({ agents: [scriptedAgent({ id: 'billing', replies: 'x' })] });
const publicUrl = 'https://example.com/agents';
const authenticate = (req: Request & { user?: { id: string; roles: string[] } }) => req.user;

app.use('/agents', createHandoffRouter({ manager, publicUrl, authenticate }));
app.use(createHandoffRouter({ manager, publicUrl, authenticate }));
createHandoffRouter({
  manager,
  publicUrl,
  authenticate,
  authorize: ({ caller, request }) => caller.roles.includes(String(request.get('x-role'))),
});
// @ts-expect-error authenticate is required
createHandoffRouter({ manager, publicUrl });
// @ts-expect-error the path comes from where the router is mounted
createHandoffRouter({ manager, publicUrl, authenticate, basePath: '/agents' });

app.post('/refunds/:shop', handoffContext({ authenticate }), (req, res) => {
  const { context, caller } = res.locals.handoff;
  void (context satisfies HandoffContext);
  void (caller.roles satisfies string[]);
  void (req.params['shop'] satisfies unknown);
  // @ts-expect-error nothing else is known to be there
  void res.locals.handoff.user;
});
// @ts-expect-error authenticate is required
handoffContext({});
