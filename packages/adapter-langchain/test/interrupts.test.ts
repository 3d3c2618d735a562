import { delegateTool, fromLangChain, HandoffRunnable } from '@agent-handoff/adapter-langchain';
import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { handoffMiddleware } from '@agent-handoff/adapter-langchain/middleware';
import {
  createHandoffContext,
  createHandoffManager,
  type HandoffAgent,
  type HandoffManager,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import type { Runnable } from '@langchain/core/runnables';
import {
  Command,
  INTERRUPT,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import type { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Answer, calls, scriptedServer, tokens } from './scripted-server.ts';

const server = scriptedServer();

const refund = tool(({ amount }) => `${interrupt(`Refund ${amount}?`)}: refunded ${amount}.`, {
  name: 'refund',
  description: 'Refunds.',
  schema: z.object({ amount: z.number() }),
});
const asksFirst = [
  { ...calls('r', ['refund', { amount: 900 }]), ...tokens(10, 4) },
  { content: 'It is refunded.', ...tokens(20, 3) },
];
const usage = { inputTokens: 30, outputTokens: 7, totalTokens: 37 };

/** Billing, whose tool asks a person. */
function billing(script: readonly Answer[] = asksFirst) {
  const model = server.model(script);
  return {
    model,
    agent: fromLangChain(createAgent({ model, tools: [refund] }), { id: 'billing' }),
  };
}
const paths = { canTransferTo: ['billing'], canDelegateTo: ['billing'] };
const triage = scriptedAgent({ id: 'triage', ...paths, replies: [] });
const made = { source: 'triage', target: 'billing' } as const;
const task = { task: 'Refund order 7' };

const graphOf = (work: unknown) =>
  new StateGraph(MessagesAnnotation)
    .addNode('work', work as Runnable)
    .addEdge(START, 'work')
    .compile({ checkpointer: new MemorySaver() });

/** The graphs in which the handoff is made. */
const ways: Record<string, (manager: HandoffManager) => ReturnType<typeof graphOf>> = {
  handoffNode: (manager) => graphOf(handoffNode({ manager, ...made })),
  delegateTool: (manager) => {
    const model = server.model([calls('c', ['delegate_to_billing', task]), { content: 'Done.' }]);
    return graphOf(createAgent({ model, tools: [delegateTool({ manager, ...made })] }).graph);
  },
  transferTool: (manager) => {
    const model = server.model([calls('c', ['transfer_to_billing', task])]);
    return graphOf(createAgent({ model, tools: [transferTool({ manager, ...made })] }).graph);
  },
  handoffMiddleware: (manager) => {
    const model = server.model([calls('c', ['transfer_to_billing', task])]);
    const middleware = [handoffMiddleware({ manager, source: 'triage' })];
    return graphOf(createAgent({ model, middleware }).graph);
  },
  'handoffNode that follows transfers': (manager) =>
    graphOf(handoffNode({ manager, target: 'billing', followTransfers: true })),
  'HandoffRunnable, streamed': (manager) =>
    graphOf(async () => {
      const handoff = HandoffRunnable.from(manager, made);
      const messages: string[] = [];
      for await (const { output } of await handoff.stream(task, { idempotencyKey: 'k' })) {
        if (output !== undefined) messages.push(output);
      }
      return { messages };
    }),
};
const asked = { messages: [new HumanMessage('Refund order 7')] };
const thread = { configurable: { thread_id: 't1' } };
const interruptsOf = (state: object) =>
  (state as { [INTERRUPT]?: { id: string; value: unknown }[] })[INTERRUPT] ?? [];
const questions = (state: object): unknown[] => interruptsOf(state).map(({ value }) => value);

describe('an interrupt in the target pauses the graph that handed on, and resumes it', () => {
  for (const [way, toGraph] of Object.entries(ways)) {
    test(`${way}: one handoff, no model call twice`, async () => {
      const { agent, model } = billing();
      const manager = createHandoffManager({ agents: [triage, agent] });
      const graph = toGraph(manager);
      const paused = await graph.invoke(asked, thread);
      expect(questions(paused)).toEqual(['Refund 900?']);
      expect(await manager.history()).toMatchObject([{ status: 'awaiting-approval', attempt: 1 }]);

      const { messages, ...rest } = await graph.invoke(new Command({ resume: 'Yes' }), thread);
      expect(questions(rest)).toEqual([]);
      expect(messages.some(({ text }) => text === 'It is refunded.')).toBe(true);
      const [entry, ...more] = await manager.history();
      expect(more).toEqual([]);
      expect(entry).toMatchObject({
        status: 'completed',
        attempt: 2,
        decidedBy: 'LangGraph thread t1',
        result: { output: 'It is refunded.', usage },
      });
      expect(JSON.stringify(entry?.result)).toContain('Yes: refunded 900.');
      expect(server.bodies(model)).toHaveLength(2);
      expect((await manager.verify(entry?.taskId ?? '')).problems).toEqual([]);
    });
  }

  test('twice, through two handoffs in each other', async () => {
    const { agent } = billing([
      calls('r', ['refund', { amount: 900 }]),
      calls('s', ['refund', { amount: 50 }]),
      { content: 'Both are refunded.' },
    ]);
    const model = server.model([calls('c', ['delegate_to_billing', task]), { content: 'Done.' }]);
    const outer = fromLangChain(
      () => createAgent({ model, tools: [delegateTool({ manager, target: 'billing' })] }),
      { id: 'triage', ...paths },
    );
    const manager: HandoffManager = createHandoffManager({ agents: [outer, agent] });
    const graph = graphOf(handoffNode({ manager, target: 'triage' }));
    expect(questions(await graph.invoke(asked, thread))).toEqual(['Refund 900?']);
    const again = await graph.invoke(new Command({ resume: 'Yes' }), thread);
    expect(questions(again)).toEqual(['Refund 50?']);
    const { messages } = await graph.invoke(new Command({ resume: 'Also' }), thread);
    expect(messages.at(-1)?.text).toBe('Done.');
    expect(await manager.history()).toMatchObject([
      { targetAgentId: 'triage', status: 'completed', attempt: 3 },
      { targetAgentId: 'billing', status: 'completed', attempt: 3 },
    ]);
    expect(server.bodies(model)).toHaveLength(2);
  });

  const supervisors: Record<string, (model: ChatOpenAI, to: string[]) => HandoffAgent> = {
    createAgent: (model, canDelegateTo) =>
      fromLangChain(({ tools }) => createAgent({ model, tools }), { id: 'triage', canDelegateTo }),
    'a chat model': (model, canDelegateTo) => fromLangChain(model, { id: 'triage', canDelegateTo }),
  };
  for (const [kind, toSupervisor] of Object.entries(supervisors)) {
    test(`in work that ${kind} gave out by its own handoff tools, several at once`, async () => {
      const asking = (id: string) =>
        fromLangChain(
          new StateGraph(MessagesAnnotation)
            .addNode('ask', () => ({ messages: [new AIMessage(`${id}: ${interrupt(`${id}?`)}`)] }))
            .addEdge(START, 'ask')
            .compile(),
          { id },
        );
      const both = ['delegate_to_stock', 'delegate_to_billing'].map(
        (name) => [name, task] as const,
      );
      const model = server.model([
        { ...calls('c', ...both), ...tokens(10, 4) },
        { content: 'Both are done.', ...tokens(20, 3) },
      ]);
      const supervisor = toSupervisor(model, ['stock', 'billing']);
      const manager = createHandoffManager({
        agents: [supervisor, asking('stock'), asking('billing')],
      });
      const graph = graphOf(handoffNode({ manager, target: 'triage' }));
      const paused = await graph.invoke(asked, thread);
      expect(questions(paused).sort()).toEqual(['billing?', 'stock?']);
      const ids = interruptsOf(paused).map(({ id, value }) => [id, `yes to ${value}`]);
      const resume = Object.fromEntries(ids) as Record<string, string>;
      const { messages } = await graph.invoke(new Command({ resume }), thread);
      expect(messages.at(-1)?.text).toBe('Both are done.');
      expect(server.bodies(model)).toHaveLength(2);
      const told = server.bodies(model)[1]?.messages.slice(-2);
      expect(told?.map(({ content }) => content)).toEqual([
        'stock: yes to stock?',
        'billing: yes to billing?',
      ]);
      const entries = await manager.history();
      expect(entries.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
      expect(entries[0]).toMatchObject({ targetAgentId: 'triage', result: { usage } });
      expect((await manager.verify(entries[0]?.taskId ?? '')).problems).toEqual([]);
    });
  }

  test('in a tool of a chat model, which begins anew as every node of a graph does', async () => {
    const model = server.model([...asksFirst.slice(0, 1), ...asksFirst]);
    const agent = fromLangChain(model, {
      id: 'billing',
      tools: [
        {
          name: 'refund',
          description: 'Refunds.',
          inputSchema: { type: 'object' },
          execute: () => ({ output: `${interrupt('Refund?')}: refunded.` }),
        },
      ],
    });
    const manager = createHandoffManager({ agents: [triage, agent] });
    const graph = graphOf(handoffNode({ manager, ...made }));
    expect(questions(await graph.invoke(asked, thread))).toEqual(['Refund?']);
    const { messages } = await graph.invoke(new Command({ resume: 'Yes' }), thread);
    expect(messages.at(-1)?.text).toBe('It is refunded.');
    const [entry, ...more] = await manager.history();
    expect(more).toEqual([]);
    // What the first attempt consumed is counted.
    expect(entry?.result?.usage).toEqual({ inputTokens: 40, outputTokens: 11, totalTokens: 51 });
  });
});

describe('what waits for something else', () => {
  test('a policy that wants an approval is not approved by a graph that runs again', async () => {
    const { agent, model } = billing();
    const manager = createHandoffManager({
      agents: [triage, agent],
      policies: [{ name: 'big', decide: () => ({ requireApproval: 'Interrupted: a big sum.' }) }],
    });
    const graph = graphOf(handoffNode({ manager, ...made }));
    const waits = { code: 'AWAITING_APPROVAL' };
    await expect(graph.invoke(asked, thread)).rejects.toMatchObject(waits);
    await expect(graph.invoke(null, thread)).rejects.toMatchObject(waits);
    expect(await manager.history()).toMatchObject([{ status: 'awaiting-approval' }]);
    expect(server.bodies(model)).toEqual([]);
  });

  test('a graph with a checkpointer of its own, outside of any graph, waits until it is answered', async () => {
    const ask = graphOf(() => ({ messages: [`${interrupt('Which order?')}`] }));
    const agent = fromLangChain(ask.withConfig(thread), { id: 'billing' });
    const manager = createHandoffManager({ agents: [triage, agent] });
    const waiting = await manager.executeHandoff({ ...made, ...task });
    expect(waiting).toMatchObject({
      status: 'awaiting-approval',
      error: { details: { output: '["Which order?"]' } },
    });
    const answer = { type: 'answer', output: 'Order 7.' } as const;
    const result = await manager.resume(waiting.handoffId, answer, { by: 'ada' });
    expect(result).toMatchObject({ status: 'completed', output: 'Order 7.' });
  });

  test("where an agent is asked without a manager the interrupt is its caller's", async () => {
    const { agent } = billing();
    const context = createHandoffContext({
      sourceAgentId: 'triage',
      targetAgentId: 'billing',
      originalTask: 'Refund order 7',
    });
    const graph = graphOf(async () => {
      const { output } = await agent.receiveHandoff(context);
      return { messages: [output] };
    });
    expect(questions(await graph.invoke(asked, thread))).toEqual(['Refund 900?']);
    const { messages } = await graph.invoke(new Command({ resume: 'Yes' }), thread);
    expect(messages.at(-1)?.text).toBe('It is refunded.');
  });
});
