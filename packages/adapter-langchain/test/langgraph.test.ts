import { fromLangChain, langchainModel } from '@agent-handoff/adapter-langchain';
import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { handoffMiddleware } from '@agent-handoff/adapter-langchain/middleware';
import {
  createHandoffAgent,
  createHandoffManager,
  type HandoffAgent,
  type HandoffManager,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { ChatAnthropic } from '@langchain/anthropic';
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages';
import type { Runnable } from '@langchain/core/runnables';
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
            jitter: false,
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

const asked = { messages: [new HumanMessage('Refund order 7')] };
const thread = { configurable: { thread_id: 't1' } };
const answer = 'Order 7 is refunded.';

const foreign = 'an agent of no framework';
const toForeign = () => scriptedAgent({ id: 'billing', replies: [answer] });
const answering = (options = {}) => server.model([{ content: answer }], undefined, options);
type Targets = Record<string, () => HandoffAgent<'billing'>>;
const targets: Targets = {
  'a chat model': () => fromLangChain(answering(), { id: 'billing' }),
  createAgent: () => fromLangChain(createAgent({ model: answering() }), { id: 'billing' }),
  [foreign]: toForeign,
};
const otherProviders: Targets = {
  "a chat model of createHandoffAgent's": () =>
    createHandoffAgent({ id: 'billing', model: langchainModel(answering()) }),
  "a chat model of OpenAI's responses": () =>
    fromLangChain(answering({ useResponsesApi: true }), { id: 'billing' }),
  "a chat model of Anthropic's": () => {
    const anthropicApiUrl = server.url.replace(/\/v1$/, '');
    const options = { model: answering().model, apiKey: 'none', maxRetries: 0, anthropicApiUrl };
    return fromLangChain(new ChatAnthropic(options), { id: 'billing' });
  },
};

const graphOf = (work: unknown) =>
  new StateGraph(MessagesAnnotation)
    .addNode('work', work as Runnable)
    .addEdge(START, 'work')
    .compile({ checkpointer: new MemorySaver() });

const ways: Record<string, (manager: HandoffManager) => ReturnType<typeof graphOf>> = {
  handoffNode: (manager) => graphOf(handoffNode({ manager, target: 'billing' })),
  'handoffNode that follows transfers': (manager) =>
    graphOf(handoffNode({ manager, target: 'billing', followTransfers: true })),
  'handoffNode, from an agent that transfers': (manager) =>
    graphOf(handoffNode({ manager, target: 'triage', followTransfers: true })),
  handoffMiddleware: (manager) => {
    const model = server.model([calls('c', ['transfer_to_billing', { task: 'Refund order 7' }])]);
    const middleware = [handoffMiddleware({ manager, source: 'triage' })];
    return createAgent({ model, middleware, checkpointer: new MemorySaver() }).graph as never;
  },
  transferTool: (manager) => {
    const model = server.model([calls('c', ['transfer_to_billing', { task: 'Refund order 7' }])]);
    const tools = [transferTool({ manager, source: 'triage', target: 'billing' })];
    return graphOf(createAgent({ model, tools }).graph);
  },
};

/** What a chat page shows: the pieces of each message, by its id, and who said them. */
async function shown(graph: ReturnType<typeof graphOf>, subgraphs: boolean) {
  const pieces = new Map<string, string[]>();
  const nodes = new Set<unknown>();
  const options = { ...thread, streamMode: 'messages', subgraphs } as const;
  for await (const piece of await graph.stream(asked, options)) {
    const [message, whence] = (subgraphs ? piece[1] : piece) as unknown as [BaseMessage, object];
    if (!AIMessage.isInstance(message) || message.text === '') continue;
    const { id = '' } = message;
    pieces.set(id, [...(pieces.get(id) ?? []), message.text]);
    nodes.add((whence as { langgraph_node?: unknown }).langgraph_node);
  }
  const { messages } = (await graph.getState(thread)).values as typeof asked;
  return { pieces, nodes, messages };
}

for (const [way, toGraph] of Object.entries(ways)) {
  describe(`streamMode messages: ${way}`, () => {
    const made = way === 'handoffNode' ? { ...targets, ...otherProviders } : targets;
    for (const [target, make] of Object.entries(made)) {
      test(`${target}: the answer is told once, under the id that it has, with subgraphs or without`, async () => {
        for (const subgraphs of [true, false]) {
          const model = server.model([calls('c', ['transfer_to_billing', { task: 'Refund' }])]);
          const triage = fromLangChain(({ tools }) => createAgent({ model, tools }), {
            id: 'triage',
            canTransferTo: ['billing'],
          });
          const manager = createHandoffManager({ agents: [triage, make()] });
          const { pieces, messages } = await shown(toGraph(manager), subgraphs);
          expect([...pieces.values()].map((each) => each.join(''))).toEqual([answer]);
          expect([...pieces.keys()]).toEqual([messages.at(-1)?.id]);
          expect(messages.at(-1)).toMatchObject({ text: answer, name: 'billing' });
          const inPieces = subgraphs && target !== foreign;
          if (inPieces) expect([...pieces.values()][0]?.length).toBeGreaterThan(1);
        }
      });
    }
  });
}

test('who left by a Command has said it in the node that it left', async () => {
  const manager = createHandoffManager({
    agents: [scriptedAgent({ id: 'triage', canTransferTo: ['billing'], replies: [] }), toForeign()],
  });
  const graph = ways['transferTool']?.(manager) as ReturnType<typeof graphOf>;
  expect((await shown(graph, false)).nodes).toEqual(new Set(['work']));
});

test('an answer that a node finds when it runs again is not told again', async () => {
  const billing = fromLangChain(server.model([{ content: answer }]), { id: 'billing' });
  const node = handoffNode({
    manager: createHandoffManager({ agents: [billing] }),
    target: 'billing',
  });
  let runs = 0;
  const graph = new StateGraph(MessagesAnnotation)
    .addNode(
      'work',
      async (state: typeof MessagesAnnotation.State, config) => {
        const update = await node(state, config);
        if (++runs === 1) throw new Error('the process died here');
        return update;
      },
      {
        retryPolicy: { initialInterval: 1, jitter: false, logWarning: false, retryOn: () => true },
      },
    )
    .addEdge(START, 'work')
    .compile({ checkpointer: new MemorySaver() });
  const { pieces, messages } = await shown(graph as never, false);
  expect(runs).toBe(2);
  expect([...pieces.keys()]).toEqual([messages.at(-1)?.id]);
});

for (const [target, toTarget] of Object.entries(targets)) {
  test(`the text of a handoff whose agent hands on by handoffMiddleware to ${target} has all that was said, once`, async () => {
    const asks = calls('c', ['transfer_to_billing', { task: 'Refund order 7' }]);
    const model = server.model([{ content: 'One moment. ', ...asks }]);
    const triage = fromLangChain(
      () => createAgent({ model, middleware: [handoffMiddleware({ manager, source: 'triage' })] }),
      { id: 'triage', canTransferTo: ['billing'] },
    );
    const manager: HandoffManager = createHandoffManager({ agents: [triage, toTarget()] });
    const { textStream, result } = manager.streamHandoff({ target: 'triage', task: 'Refund' });
    let told = '';
    for await (const delta of textStream) told += delta;
    expect(await result).toMatchObject({ output: answer });
    expect(told).toBe(`One moment. ${answer}`);
  });
}
