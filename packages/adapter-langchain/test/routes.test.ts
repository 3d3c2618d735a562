import { fromLangChain } from '@agent-handoff/adapter-langchain';
import { createHandoffManager, createPersonAgent } from '@agent-handoff/core';
import type { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Answer, calls, scriptedServer, search, tokens } from './scripted-server.ts';

const server = scriptedServer();

const kinds = {
  'a chat model': (model: ChatOpenAI, id: string, paths: object = {}) =>
    fromLangChain(model, { id, ...paths }),
  createAgent: (model: ChatOpenAI, id: string, paths: object = {}) =>
    fromLangChain(({ tools }) => createAgent({ model, tools: [search, ...tools] }), {
      id,
      ...paths,
    }),
};

for (const [kind, make] of Object.entries(kinds)) {
  describe(`manager.run with ${kind}`, () => {
    const agent = (script: readonly Answer[], id: string, paths: object = {}) => {
      const model = server.model(script);
      return { model, agent: make(model, id, paths) };
    };

    test('a transfer is followed, and the thread remembers who is active', async () => {
      const triage = agent(
        [{ ...calls('c', ['transfer_to_billing', { task: 'Refund order 7' }]), ...tokens(10, 4) }],
        'triage',
        { canTransferTo: ['billing'] },
      );
      const billing = agent(
        [{ content: 'Refunded.', ...tokens(20, 3) }, { content: 'You are welcome.' }],
        'billing',
      );
      const manager = createHandoffManager({ agents: [triage.agent, billing.agent] });
      const first = await manager.run({ entry: 'triage', input: 'My invoice', threadId: 't1' });
      expect(first).toMatchObject({ status: 'completed', output: 'Refunded.' });
      expect(first.usage.totalTokens).toBeGreaterThanOrEqual(23);
      const second = await manager.run({ entry: 'triage', input: 'Thanks', threadId: 't1' });
      expect(second).toMatchObject({ output: 'You are welcome.', activeAgentId: 'billing' });
      expect(server.bodies(triage.model)).toHaveLength(1);
      expect((await manager.verify(first.taskId)).problems).toEqual([]);
    });

    test('an agent that gives structured answers may transfer instead', async () => {
      const triage = agent([calls('c', ['transfer_to_billing', { task: 'Refund' }])], 'triage', {
        canTransferTo: ['billing'],
        dataSchema: z.object({ shelf: z.number() }),
      });
      const billing = agent([{ content: 'Refunded.' }], 'billing');
      const manager = createHandoffManager({ agents: [triage.agent, billing.agent] });
      const result = await manager.run({ entry: 'triage', input: 'My invoice' });
      expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    });

    test('work that is delegated comes back to the one who gave it out', async () => {
      const triage = agent(
        [
          calls('c', ['delegate_to_billing', { task: 'Refund order 7' }]),
          { content: 'Billing refunded it.' },
        ],
        'triage',
        { canDelegateTo: ['billing'] },
      );
      const billing = agent([{ content: 'Refunded.' }], 'billing');
      const manager = createHandoffManager({ agents: [triage.agent, billing.agent] });
      const result = await manager.run({ entry: 'triage', input: 'My invoice' });
      expect(result).toMatchObject({ status: 'completed', output: 'Billing refunded it.' });
      expect(JSON.stringify(server.bodies(triage.model)[1]?.messages)).toContain('Refunded.');
      const entries = await manager.history({ taskId: result.taskId });
      expect(entries.map(({ targetAgentId }) => targetAgentId)).toEqual(['triage', 'billing']);
    });

    test('work that waits for a person: the same handoff goes on where it was', async () => {
      const triage = agent(
        [
          calls('c', ['delegate_to_lead', { task: 'Refund 900?' }]),
          { content: 'The lead agrees.' },
        ],
        'triage',
        { canDelegateTo: ['lead'] },
      );
      const manager = createHandoffManager({
        agents: [triage.agent, createPersonAgent({ id: 'lead' })],
      });
      const waiting = await manager.run({ entry: 'triage', input: 'My invoice' });
      expect(waiting.status).toBe('awaiting-approval');
      expect(server.bodies(triage.model)).toHaveLength(1);
      const [lead] = (await manager.pending()).filter(({ targetAgentId: id }) => id === 'lead');
      const answer = { type: 'answer', output: 'Yes, do.' } as const;
      const result = await manager.resume(lead?.handoffId ?? '', answer, { by: 'ada' });
      expect(result).toMatchObject({ status: 'completed', output: 'The lead agrees.' });
      const [, body] = server.bodies(triage.model);
      expect(JSON.stringify(body?.messages.at(-1))).toContain('Yes, do.');
      expect(await manager.history({ taskId: result.taskId })).toHaveLength(2);
    });
  });
}
