import { createHandoffContext, createHandoffManager } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { handoffContext } from '../src/index.ts';
import { type ExpressModule, listen, type RunningApp, versions } from './express-app.ts';

const context = createHandoffContext({
  sourceAgentId: 'triage',
  targetAgentId: 'billing',
  originalTask: 'Refund order 1182',
  handoffChain: ['triage'],
  scope: ['refund', 'delete'],
});
const headers = { 'content-type': 'application/vnd.handoff+json', authorization: 'Bearer ada' };

let running: RunningApp | undefined;
afterEach(() => running?.close());

describe.each(versions)('handoffContext on %s', (_, express) => {
  const manager = createHandoffManager({
    agents: [scriptedAgent({ id: 'billing', replies: 'Refunded.' })],
  });
  const run = async (parse: boolean): Promise<string> => {
    running = await listen(express as ExpressModule, (app) => {
      if (parse) app.use(express.json({ type: ['application/*'] }));
      app.post(
        '/refunds/:shop',
        handoffContext({
          authenticate: (req) =>
            req.get('authorization') === 'Bearer ada' ? { id: 'ada' } : undefined,
          authorize: () => ({ origin: 'verified', scope: ['refund'] }),
          limits: { maxHandoffs: 2 },
        }),
        (req, res, next) => {
          const { context, options, caller } = res.locals.handoff;
          manager
            .executeHandoff(context, options)
            .then((result) => res.json({ result, caller, shop: req.params['shop'] }))
            .catch(next);
        },
      );
    });
    return running.url;
  };
  const post = (url: string, body: unknown, more: Record<string, string> = {}) =>
    fetch(`${url}/refunds/7`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify(body),
    });

  it.each([false, true])(
    'puts a context that came in where a handler finds it; parsed before: %s',
    async (parse) => {
      const response = await post(await run(parse), context);
      expect(await response.json()).toMatchObject({
        caller: { id: 'ada' },
        shop: '7',
        result: {
          status: 'completed',
          output: 'Refunded.',
          returnedContext: {
            handoffChain: ['triage'],
            scope: ['refund'],
            remaining: { handoffs: 2 },
            metadata: {
              'handoff.sender': { handoffId: context.handoffId, taskId: context.taskId },
            },
          },
        },
      });
    },
  );

  it('answers by itself what is no context, and whom nobody knows', async () => {
    const url = await run(false);
    const wrong = await post(url, { ...context, targetAgentId: '!' });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'INVALID_CONTEXT' }]);
    const version = await post(url, { ...context, version: 2 });
    expect([version.status, await version.json()]).toMatchObject([
      400,
      { code: 'UNSUPPORTED_VERSION' },
    ]);
    const stranger = await post(url, context, { authorization: 'Bearer eve' });
    expect([stranger.status, await stranger.json()]).toMatchObject([
      401,
      { code: 'UNAUTHENTICATED' },
    ]);
  });
});
