import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { createHandoffManager } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { HumanMessage } from '@langchain/core/messages';
import { MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { describe, expect, test } from 'vitest';
import { answersOf, calls, scriptedServer, search } from './scripted-server.ts';

const server = scriptedServer();

const says = (text: string) => new HumanMessage(text);
const triage = (...canTransferTo: string[]) =>
  scriptedAgent({ id: 'triage', canTransferTo, replies: [] });

describe('handoffNode', () => {
  test('hands the conversation to an agent of any framework, and adds its answer', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: ['Refunded.', 'Again.'] });
    const manager = createHandoffManager({ agents: [triage('billing'), billing] });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('billing', handoffNode({ manager, source: 'triage', target: 'billing' }))
      .addEdge(START, 'billing')
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: 't1' } };
    const first = await graph.invoke({ messages: [says('Refund order 7')] }, config);
    expect(first.messages.map(({ text }) => text)).toEqual(['Refund order 7', 'Refunded.']);
    const second = await graph.invoke({ messages: [says('And order 8')] }, config);
    expect(second.messages.map(({ text }) => text)).toEqual([
      'Refund order 7',
      'Refunded.',
      'And order 8',
      'Again.',
    ]);
    expect(new Set(second.messages.map(({ id }) => id)).size).toBe(4);
    const [, { context } = {}] = billing.received;
    expect(context).toMatchObject({ originalTask: 'And order 8', sourceAgentId: 'triage' });
    expect(context?.keyMessages).toHaveLength(3);
  });

  test('a node that runs again on the same checkpoint finds the handoff that it made', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: ['Refunded.'] });
    const manager = createHandoffManager({ agents: [billing] });
    const node = handoffNode({ manager, target: 'billing' });
    let runs = 0;
    const graph = new StateGraph(MessagesAnnotation)
      .addNode(
        'billing',
        async (state: typeof MessagesAnnotation.State, config) => {
          const update = await node(state, config);
          if (++runs === 1) throw new Error('the process died here');
          return update;
        },
        {
          retryPolicy: {
            maxAttempts: 2,
            initialInterval: 1,
            logWarning: false,
            retryOn: () => true,
          },
        },
      )
      .addEdge(START, 'billing')
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: 't1' } };
    const { messages } = await graph.invoke({ messages: [says('Refund order 7')] }, config);
    expect(messages.at(-1)?.text).toBe('Refunded.');
    expect(runs).toBe(2);
    expect(billing.received).toHaveLength(1);
  });

  test('rejects where the handoff does not complete, and where there is no task', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: [new Error('out of order')] });
    const manager = createHandoffManager({ agents: [billing] });
    const node = handoffNode({ manager, target: 'billing' });
    await expect(node({ messages: [says('Refund')] }, {})).rejects.toMatchObject({
      code: 'AGENT_FAILED',
      details: { handoffId: expect.any(String) },
    });
    await expect(node({ messages: [] }, {})).rejects.toMatchObject({ code: 'INVALID_CONTEXT' });
  });
});

describe('transferTool', () => {
  const billingCall = ['transfer_to_billing', { task: 'Refund order 7' }] as const;
  const orders = {
    '[transfer]': [billingCall],
    '[transfer, search]': [billingCall, ['search', {}]],
    '[search, transfer]': [['search', {}], billingCall],
    '[transfer, other transfer]': [billingCall, ['transfer_to_sales', { task: 'Sell' }]],
  } as const;
  for (const [order, made] of Object.entries(orders)) {
    test(`${order}: one handoff, every call answered once, the parent graph goes on`, async () => {
      const billing = scriptedAgent({ id: 'billing', replies: ['Refunded.'] });
      const sales = scriptedAgent({ id: 'sales', replies: [] });
      const manager = createHandoffManager({
        agents: [triage('billing', 'sales'), billing, sales],
      });
      const model = server.model([calls('c', ...made)]);
      const transfers = (['billing', 'sales'] as const).map((target) =>
        transferTool({ manager, source: 'triage', target, goto: 'after' }),
      );
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('triage', createAgent({ model, tools: [search, ...transfers] }).graph, {
          ends: ['after'],
        })
        .addNode('after', () => ({ messages: [says('Thanks')] }))
        .addEdge(START, 'triage')
        .compile({ checkpointer: new MemorySaver() });
      const { messages } = await graph.invoke(
        { messages: [says('Refund order 7')] },
        { configurable: { thread_id: 't1' } },
      );
      expect(messages.at(0)?.text).toBe('Refund order 7');
      expect(messages.slice(-2).map(({ text }) => text)).toEqual(['Refunded.', 'Thanks']);
      expect(await manager.history()).toHaveLength(1);
      expect(server.bodies(model)).toHaveLength(1);
      expect(answersOf(messages).map(({ tool_call_id }) => tool_call_id)).toEqual(
        made.map((_, place) => `c${place + 1}`),
      );
      await server.model([{ content: 'You are welcome.' }]).invoke(messages);
    });
  }

  test('a refused transfer is told to the model, which stays', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: [] });
    const manager = createHandoffManager({ agents: [triage(), billing] });
    const model = server.model([calls('c', billingCall), { content: 'I can not.' }]);
    const transfers = [transferTool({ manager, source: 'triage', target: 'billing' })];
    const { messages } = await createAgent({ model, tools: transfers }).invoke({
      messages: [says('Refund order 7')],
    });
    expect(messages.at(-1)?.text).toBe('I can not.');
    expect(answersOf(messages)).toMatchObject([{ status: 'error' }]);
    expect(billing.received).toEqual([]);
  });
});
