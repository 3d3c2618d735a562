import { fromLangChain } from '@agent-handoff/adapter-langchain';
import {
  createHandoffContext,
  createHandoffManager,
  createPersonAgent,
  type HandoffTool,
  type Message,
  messageText,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
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

const runs = Array.from({ length: process.env['FULL'] ? 50 : 12 }, (_, n) => n);
const numberIn = (text: string): string => /order (\d+)/i.exec(text)?.[1] ?? '';
const lastOf = (messages: readonly Message[] = []): string =>
  messages.map(messageText).findLast((text) => text !== '') ?? '';

describe('an agent made by a function', () => {
  test('many runs at the same time: each has its own handoff, and the function is called once for each set of tools', async () => {
    const model = server.model(({ messages, tools = [] }) => {
      const last = messages.at(-1);
      if (last?.role === 'tool') return { content: `Triage heard: ${String(last.content)}` };
      const order = numberIn(JSON.stringify(messages));
      const names = tools.map((each) => each.function.name);
      const verb = names.includes('transfer_to_billing') ? 'transfer' : 'delegate';
      return calls(`c${order}`, [`${verb}_to_billing`, { task: `Refund order ${order}` }]);
    });
    const made: string[][] = [];
    const triage = fromLangChain(
      ({ tools }) => {
        made.push(tools.map(({ name }) => name));
        return createAgent({ model, tools });
      },
      { id: 'triage', canTransferTo: ['billing'], canDelegateTo: ['billing'] },
    );
    const billing = scriptedAgent({
      id: 'billing',
      replies: ({ originalTask }) => `Refunded ${numberIn(originalTask)}.`,
    });
    const manager = createHandoffManager({ agents: [triage, billing] });
    // Every other run may transfer; the others may only delegate.
    const results = await Promise.all(
      runs.map((n) =>
        n % 2 === 0
          ? manager.run({ entry: 'triage', input: `Settle order ${n}` })
          : manager.executeHandoff({ target: 'triage', task: `Settle order ${n}` }),
      ),
    );
    for (const [n, result] of results.entries()) {
      const refunded = `Refunded ${n}.`;
      expect(result).toMatchObject({
        status: 'completed',
        output: n % 2 === 0 ? refunded : `Triage heard: ${refunded}`,
      });
      const entries = await manager.history({ taskId: result.taskId });
      expect(entries.map(({ targetAgentId }) => targetAgentId)).toEqual(['triage', 'billing']);
      expect(entries[1]?.context.parentIds).toEqual([entries[0]?.handoffId]);
    }
    expect(made.map((names) => names.sort()).sort()).toEqual([
      ['delegate_to_billing'],
      ['delegate_to_billing', 'transfer_to_billing'],
    ]);
  });

  test('scope hides tools, also from a runnable that another run has been made for', async () => {
    const ran: string[] = [];
    const tool = (name: string): HandoffTool => ({
      name,
      description: `Does ${name}.`,
      inputSchema: { type: 'object' },
      execute: () => {
        ran.push(name);
        return { output: `${name} is done.` };
      },
    });
    const offered: string[][] = [];
    const model = server.model(({ messages, tools = [] }) => {
      const last = messages.at(-1);
      if (last?.role === 'tool') return { content: String(last.content) };
      offered.push(tools.map((each) => each.function.name));
      return calls('c', ['refund', {}]);
    });
    const agent = fromLangChain(({ tools }) => createAgent({ model, tools }), {
      id: 'billing',
      tools: [tool('look_up'), tool('refund')],
    });
    const context = (scope: string[]) =>
      createHandoffContext({
        sourceAgentId: 'triage',
        targetAgentId: 'billing',
        originalTask: 'Refund order 7',
        scope,
      });
    for (const scope of [['*'], ['look_up'], ['*']]) {
      const { messages } = await agent.receiveHandoff(context(scope));
      expect(lastOf(messages).includes('refund is done.')).toBe(scope.includes('*'));
    }
    expect(offered).toEqual([['look_up', 'refund'], ['look_up'], ['look_up', 'refund']]);
    expect(ran).toEqual(['refund', 'refund']);
  });

  test('tools of one name that act differently act for the run that they are called in', async () => {
    const model = server.model(({ messages }) => {
      const last = messages.at(-1);
      return last?.role === 'tool' ? { content: String(last.content) } : calls('c', ['note', {}]);
    });
    let made = 0;
    const agent = fromLangChain(
      ({ tools }) => {
        made++;
        return createAgent({ model, tools });
      },
      { id: 'subject' },
    );
    const outputs = await Promise.all(
      runs.map(async (n) => {
        const note: HandoffTool = {
          name: 'note',
          description: 'Notes.',
          inputSchema: { type: 'object' },
          execute: async () => ({ output: `Noted by ${n}.` }),
        };
        const context = createHandoffContext({
          sourceAgentId: 'user',
          targetAgentId: 'subject',
          originalTask: 'Note it',
        });
        return (await agent.receiveHandoff(context, { tools: [note] })).output;
      }),
    );
    expect(outputs).toEqual(runs.map((n) => `Noted by ${n}.`));
    expect(made).toBe(1);
  });
});
