import {
  createHandoffManager,
  createPersonAgent,
  type HandoffAgent,
  type HandoffEvent,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { ToolLoopAgent } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromAiSdk } from '../../src/index.ts';
import { ModelServer } from '../model-server.ts';
import { tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const call = (id: string, name: string) => ({
  id,
  name,
  arguments: '{"task":"Refund order 7."}',
});

export function runSuite(sdk: Sdk): void {
  describe('agents of the AI SDK in runs', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const agentOf = (
      id: string,
      lists: { canTransferTo?: string[]; canDelegateTo?: string[] } = {},
    ): HandoffAgent => {
      const model = sdk.compatible({ baseURL: server.baseURL, includeUsage: true })(id);
      return fromAiSdk(
        ({ tools }) => new ToolLoopAgent({ model, tools, instructions: `You are ${id}.` }),
        { id, ...lists },
      );
    };

    test('the conversation goes where an agent transfers it, and back from another framework', async () => {
      const manager = createHandoffManager({
        agents: [
          agentOf('triage', { canTransferTo: ['billing'] }),
          agentOf('billing', { canDelegateTo: ['archive'] }),
          scriptedAgent({ id: 'archive', replies: ['Order 7 is a lamp.'] }),
        ],
      });
      const script = [
        {
          content: 'Billing takes over.',
          toolCalls: [call('c1', 'transfer_to_billing')],
          ...tokens(10, 1),
        },
        { toolCalls: [call('c2', 'delegate_to_archive')], ...tokens(20, 2) },
        { content: 'Refunded the lamp.', ...tokens(30, 3) },
      ];
      server.script(script);
      const run = await manager.run({ entry: 'triage', input: 'Refund order 7.' });
      expect(run).toMatchObject({
        status: 'completed',
        output: 'Refunded the lamp.',
        activeAgentId: 'billing',
      });
      expect(server.bodies.map(({ model }) => model)).toEqual(['triage', 'billing', 'billing']);
      // The next agent reads the conversation, its calls answered.
      expect(JSON.stringify(server.bodies[1]?.messages)).toContain('Billing takes over.');
      const history = await manager.history();
      expect(history.map(({ context }) => context.handoffChain)).toEqual([
        [],
        ['triage'],
        ['triage', 'billing'],
      ]);
      expect(new Set(history.map(({ taskId }) => taskId)).size).toBe(1);

      server.script(script);
      const stream = manager.streamRun({ entry: 'triage', input: 'Refund order 7.' });
      const events: HandoffEvent['type'][] = [];
      for await (const { type } of stream) events.push(type);
      expect(events).toContain('output-delta');
      expect((await stream.result).output).toBe('Refunded the lamp.');
    });

    test('work given out to a person waits; the agent goes on from where it was, with the answer', async () => {
      const manager = createHandoffManager({
        agents: [
          agentOf('billing', { canDelegateTo: ['lead'] }),
          createPersonAgent({ id: 'lead', description: 'Decides refunds' }),
        ],
      });
      server.script([
        { content: 'Asking.', toolCalls: [call('c1', 'delegate_to_lead')], ...tokens(10, 1) },
        { content: 'The lead agreed.', ...tokens(20, 2) },
      ]);
      const waiting = await manager.run({ entry: 'billing', input: 'Refund order 7.' });
      expect(waiting.status).toBe('awaiting-approval');
      expect(server.bodies).toHaveLength(1);
      const lead = (await manager.pending()).find(({ targetAgentId }) => targetAgentId === 'lead');
      const result = await manager.resume(
        lead?.handoffId ?? '',
        { type: 'answer', output: 'Yes, refund it.' },
        { by: 'ada' },
      );
      expect(result).toMatchObject({ status: 'completed', output: 'The lead agreed.' });
      expect(result.usage.totalTokens).toBe(33);
      const [, resumed] = server.bodies;
      expect(resumed?.messages.at(-1)).toMatchObject({ role: 'tool', content: 'Yes, refund it.' });
      expect(resumed?.messages.slice(0, -2)).toEqual(server.bodies[0]?.messages);
    });
  });
}
