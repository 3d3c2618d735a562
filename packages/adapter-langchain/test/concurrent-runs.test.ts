import { fromLangChain } from '@agent-handoff/adapter-langchain';
import {
  createHandoffContext,
  createHandoffManager,
  type HandoffTool,
  type Message,
  messageText,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { createAgent } from 'langchain';
import { describe, expect, test } from 'vitest';
import { calls, scriptedServer } from './scripted-server.ts';

const server = scriptedServer();

const runs = Array.from({ length: 50 }, (_, n) => n);
const numberIn = (text: string): string => /order (\d+)/i.exec(text)?.[1] ?? '';
const lastOf = (messages: readonly Message[] = []): string =>
  messages.map(messageText).findLast((text) => text !== '') ?? '';

describe('an agent made by a function', () => {
  test('50 runs at the same time: each has its own handoff, and the function is called once for each set of tools', async () => {
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
