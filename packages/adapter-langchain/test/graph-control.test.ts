import { delegateTool, fromLangChain } from '@agent-handoff/adapter-langchain';
import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { handoffMiddleware } from '@agent-handoff/adapter-langchain/middleware';
import { createHandoffManager, type HandoffManager, repairTranscript } from '@agent-handoff/core';
import { scriptedAgent, untilAborted } from '@agent-handoff/testing';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  INTERRUPT,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
  type StateSnapshot,
} from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { describe, expect, test } from 'vitest';
import { type Answer, calls, scriptedServer } from './scripted-server.ts';

const server = scriptedServer();

type State = typeof MessagesAnnotation.State;
const asked = { messages: [new HumanMessage('Refund order 7')] };
const thread = { configurable: { thread_id: 't1' } };
const texts = ({ messages }: State): string[] => messages.map(({ text }) => text);
const again = {
  maxAttempts: 3,
  initialInterval: 1,
  jitter: false,
  logWarning: false,
  retryOn: () => true,
};
const failed = new Error('out of order');
/** An agent of createAgent, with a model of its own. */
const agent = (id: string, script: readonly Answer[]) =>
  fromLangChain(createAgent({ model: server.model(script) }), { id });

describe('a retryPolicy of a node', () => {
  for (const checkpointer of [undefined, new MemorySaver()]) {
    const kept = checkpointer ? 'with a checkpointer' : 'without a checkpointer';
    test(`${kept}: each try of a handoff that failed is a handoff of its own`, async () => {
      const billing = scriptedAgent({ id: 'billing', replies: [failed, failed, 'Refunded.'] });
      const manager = createHandoffManager({ agents: [billing] });
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('billing', handoffNode({ manager, target: 'billing' }), { retryPolicy: again })
        .addEdge(START, 'billing')
        .compile(checkpointer ? { checkpointer } : {});
      expect(texts(await graph.invoke(asked, thread))).toEqual(['Refund order 7', 'Refunded.']);
      const statuses = (await manager.history()).map(({ status }) => status);
      expect(statuses).toEqual(['failed', 'failed', 'completed']);
    });
  }

  test('a handoff that was made is not made again where another one in the node failed', async () => {
    const stock = scriptedAgent({ id: 'stock', replies: ['On shelf 3.'] });
    const billing = scriptedAgent({ id: 'billing', replies: [failed, 'Refunded.'] });
    const manager = createHandoffManager({ agents: [stock, billing] });
    const nodes = (['stock', 'billing'] as const).map((target) => handoffNode({ manager, target }));
    const graph = new StateGraph(MessagesAnnotation)
      .addNode(
        'both',
        async (state: State, config) => {
          const updates = await Promise.all(nodes.map((node) => node(state, config)));
          return { messages: updates.flatMap(({ messages }) => messages) };
        },
        { retryPolicy: again },
      )
      .addEdge(START, 'both')
      .compile();
    expect(texts(await graph.invoke(asked)).slice(1)).toEqual(['On shelf 3.', 'Refunded.']);
    expect(stock.received).toHaveLength(1);
    expect(billing.received).toHaveLength(2);
  });

  test('LangChain targets, with a checkpointer: who is tried again begins anew, beside who is not', async () => {
    let tries = 0;
    const flaky = server.model(() =>
      ++tries === 1 ? { status: 500, error: { message: 'busy' } } : { content: 'Refunded.' },
    );
    const billing = fromLangChain(createAgent({ model: flaky }), { id: 'billing' });
    const manager = createHandoffManager({
      agents: [agent('stock', [{ content: 'On shelf 3.' }]), billing],
    });
    const nodes = (['stock', 'billing'] as const).map((target) => handoffNode({ manager, target }));
    const graph = new StateGraph(MessagesAnnotation)
      .addNode(
        'both',
        async (state: State, config) => {
          const messages: State['messages'] = [];
          for (const node of nodes) messages.push(...(await node(state, config)).messages);
          return { messages };
        },
        { retryPolicy: again },
      )
      .addEdge(START, 'both')
      .compile({ checkpointer: new MemorySaver() });
    expect(texts(await graph.invoke(asked, thread)).slice(1)).toEqual(['On shelf 3.', 'Refunded.']);
    expect(tries).toBe(2);
  });

  for (const way of ['by its retryPolicy', 'when its graph is resumed'] as const) {
    test(`a swarm that is tried again ${way} goes on with who had the conversation`, async () => {
      const model = server.model([calls('c', ['transfer_to_billing', { task: 'Refund it' }])]);
      const triage = fromLangChain(model, { id: 'triage', canTransferTo: ['billing'] });
      const billing = scriptedAgent({ id: 'billing', replies: [failed, failed, 'Refunded.'] });
      const manager = createHandoffManager({ agents: [triage, billing] });
      const StateOfSwarm = Annotation.Root({
        ...MessagesAnnotation.spec,
        activeAgent: Annotation<string>,
      });
      const swarm = handoffNode({ manager, target: 'triage', followTransfers: true });
      const graph = new StateGraph(StateOfSwarm)
        .addNode('swarm', swarm, way === 'by its retryPolicy' ? { retryPolicy: again } : {})
        .addEdge(START, 'swarm')
        .compile({ checkpointer: new MemorySaver() });
      if (way === 'when its graph is resumed') {
        await expect(graph.invoke(asked, thread)).rejects.toThrow('out of order');
        await expect(graph.invoke(null, thread)).rejects.toThrow('out of order');
      }
      const input = way === 'by its retryPolicy' ? asked : null;
      const { messages, activeAgent } = await graph.invoke(input, thread);
      expect(messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'ai']);
      expect(messages.at(-1)?.text).toBe('Refunded.');
      expect(activeAgent).toBe('billing');
      expect(server.bodies(model)).toHaveLength(1);
      const [first, , last] = billing.received.map(({ context }) => context);
      const { handoffId, createdAt, remaining, deadlineAt, keyMessages, ...same } = first ?? {};
      expect(last).toMatchObject({ ...same, keyMessages: repairTranscript(keyMessages ?? []) });
      const entries = await manager.history();
      expect(entries.map(({ status }) => status)).toEqual([
        'completed',
        'failed',
        'failed',
        'completed',
      ]);
      expect((await manager.verify(entries[0]?.taskId ?? '')).problems).toEqual([]);
    });
  }

  test('a handoff that waits for an approval is not asked for again', async () => {
    const manager = createHandoffManager({
      agents: [scriptedAgent({ id: 'billing', replies: [] })],
      policies: [{ name: 'big', decide: () => ({ requireApproval: 'A big sum.' }) }],
    });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('billing', handoffNode({ manager, target: 'billing' }), { retryPolicy: again })
      .addEdge(START, 'billing')
      .compile();
    await expect(graph.invoke(asked)).rejects.toMatchObject({ code: 'AWAITING_APPROVAL' });
    expect(await manager.history()).toHaveLength(1);
  });
});

describe('a graph that is resumed after its node has failed', () => {
  for (const followTransfers of [false, true]) {
    const way = followTransfers ? 'with followTransfers' : 'alone';
    test(`${way}: what failed is tried again, each time by a handoff of its own`, async () => {
      const stock = scriptedAgent({ id: 'stock', replies: ['On shelf 3.'] });
      const billing = scriptedAgent({ id: 'billing', replies: [failed, failed, 'Refunded.'] });
      const manager = createHandoffManager({ agents: [stock, billing] });
      const nodes = (['stock', 'billing'] as const).map((target) =>
        handoffNode({ manager, target, followTransfers }),
      );
      let died = false;
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('both', async (state: State, config) => {
          const messages: State['messages'] = [];
          for (const node of nodes) messages.push(...(await node(state, config)).messages);
          if (!died) {
            died = true;
            throw new Error('the process died here');
          }
          return { messages };
        })
        .addEdge(START, 'both')
        .compile({ checkpointer: new MemorySaver() });
      await expect(graph.invoke(asked, thread)).rejects.toThrow('out of order');
      await expect(graph.invoke(null, thread)).rejects.toThrow('out of order');
      await expect(graph.invoke(null, thread)).rejects.toThrow('the process died here');
      const state = await graph.invoke(null, thread);
      expect(texts(state).slice(1)).toEqual(['On shelf 3.', 'Refunded.']);
      // Who was done is not asked again, in whatever try that was.
      expect(stock.received).toHaveLength(1);
      expect(billing.received).toHaveLength(3);
      const statuses = (await manager.history()).map(({ status }) => status);
      expect(statuses.sort()).toEqual(['completed', 'completed', 'failed', 'failed']);
    });
  }

  test('a run that was aborted, and one that a policy refused, go on too', async () => {
    const controller = new AbortController();
    let isOpen = false;
    const billing = scriptedAgent({
      id: 'billing',
      replies: [
        () => {
          controller.abort(new Error('stopped'));
          return untilAborted;
        },
        'Refunded.',
      ],
    });
    const manager = createHandoffManager({
      agents: [billing],
      policies: [{ name: 'hours', decide: () => (isOpen ? 'permit' : { deny: 'closed' }) }],
    });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('billing', handoffNode({ manager, target: 'billing' }))
      .addEdge(START, 'billing')
      .compile({ checkpointer: new MemorySaver() });
    await expect(graph.invoke(asked, thread)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    isOpen = true;
    const { signal } = controller;
    await expect(graph.invoke(null, { ...thread, signal })).rejects.toThrow();
    await expect
      .poll(async () => (await manager.history()).map(({ status }) => status))
      .toEqual(['rejected', 'cancelled']);
    expect(texts(await graph.invoke(null, thread)).slice(1)).toEqual(['Refunded.']);
  });

  const call = (verb: string) => calls('c', [`${verb}_to_billing`, { task: 'Refund order 7' }]);
  const made = { source: 'triage', target: 'billing' } as const;
  const ways: Record<string, (manager: HandoffManager) => ReturnType<typeof createAgent>> = {
    delegateTool: (manager) =>
      createAgent({
        model: server.model([call('delegate'), { content: 'It is refunded.' }]),
        tools: [delegateTool({ manager, ...made })],
        checkpointer: new MemorySaver(),
      }),
    handoffMiddleware: (manager) =>
      createAgent({
        model: server.model([call('transfer')]),
        middleware: [handoffMiddleware({ manager, source: 'triage' })],
        checkpointer: new MemorySaver(),
      }),
  };
  for (const [way, toAgent] of Object.entries(ways)) {
    test(`${way}: a run that was aborted goes on, and hands on again`, async () => {
      const controller = new AbortController();
      const stops = (): typeof untilAborted => {
        controller.abort(new Error('stopped'));
        return untilAborted;
      };
      const billing = scriptedAgent({ id: 'billing', replies: [stops, 'Refunded.'] });
      const triage = scriptedAgent({
        id: 'triage',
        canTransferTo: ['billing'],
        canDelegateTo: ['billing'],
        replies: [],
      });
      const manager = createHandoffManager({ agents: [triage, billing] });
      const agent = toAgent(manager);
      const { signal } = controller;
      await expect(agent.invoke(asked, { ...thread, signal })).rejects.toThrow();
      const statuses = async () => (await manager.history()).map(({ status }) => status);
      await expect.poll(statuses).toEqual(['cancelled']);
      const { messages } = await agent.invoke(null, thread);
      expect(JSON.stringify(messages)).toContain('Refunded.');
      expect(await statuses()).toEqual(['cancelled', 'completed']);
    });
  }

  test('an approval that was denied stays denied', async () => {
    const manager = createHandoffManager({
      agents: [scriptedAgent({ id: 'billing', replies: [] })],
      policies: [{ name: 'big', decide: () => ({ requireApproval: 'A big sum.' }) }],
    });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('billing', handoffNode({ manager, target: 'billing' }))
      .addEdge(START, 'billing')
      .compile({ checkpointer: new MemorySaver() });
    await expect(graph.invoke(asked, thread)).rejects.toMatchObject({ code: 'AWAITING_APPROVAL' });
    const [entry] = await manager.pending();
    await manager.resume(entry?.handoffId ?? '', { type: 'deny', reason: 'no' }, { by: 'ada' });
    await expect(graph.invoke(null, thread)).rejects.toMatchObject({ code: 'APPROVAL_DENIED' });
    expect(await manager.pending()).toEqual([]);
  });
});

test('time travel: a call that was edited is a handoff of its own, one that was not is found', async () => {
  const billing = scriptedAgent({
    id: 'billing',
    replies: ({ originalTask }) => `${originalTask}.`,
  });
  const manager = createHandoffManager({ agents: [billing] });
  const model = server.model(({ messages }) => {
    const last = messages.at(-1);
    return last?.role === 'tool'
      ? { content: String(last.content) }
      : calls('c', ['delegate_to_billing', { task: 'Refund order 7' }]);
  });
  const { graph } = createAgent({
    model,
    tools: [delegateTool({ manager, target: 'billing' })],
    checkpointer: new MemorySaver(),
  });
  const answerOf = ({ messages }: { messages: { text: string }[] }) => messages.at(-1)?.text;
  expect(answerOf(await graph.invoke(asked, thread))).toBe('Refund order 7.');
  let called: StateSnapshot | undefined;
  for await (const each of graph.getStateHistory(thread)) {
    if (each.next.includes('tools')) called = each;
  }
  const { config, values } = called as StateSnapshot;
  expect(answerOf(await graph.invoke(null, config))).toBe('Refund order 7.');
  expect(billing.received).toHaveLength(1);
  const [call] = calls('c', ['delegate_to_billing', { task: 'Refund order 8' }]).toolCalls;
  const args = JSON.parse(call?.arguments ?? '');
  const edited = new AIMessage({
    id: values.messages.at(-1).id,
    content: '',
    tool_calls: [{ id: call?.id ?? '', name: call?.name ?? '', args, type: 'tool_call' }],
  });
  const fork = await graph.updateState(config, { messages: [edited] });
  expect(answerOf(await graph.invoke(null, fork))).toBe('Refund order 8.');
  expect(billing.received).toHaveLength(2);
});

describe('two LangChain targets in one node', () => {
  for (const way of ['one after the other', 'at the same time'] as const) {
    test(`${way}: both answer, each in a handoff of its own`, async () => {
      const manager = createHandoffManager({
        agents: [
          agent('stock', [{ content: 'On shelf 3.' }]),
          agent('billing', [{ content: 'Refunded.' }]),
        ],
      });
      const [stock, billing] = (['stock', 'billing'] as const).map((target) =>
        handoffNode({ manager, target }),
      ) as [ReturnType<typeof handoffNode>, ReturnType<typeof handoffNode>];
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('both', async (state: State, config) => {
          const first = stock(state, config);
          if (way === 'one after the other') await first;
          const updates = await Promise.all([first, billing(state, config)]);
          return { messages: updates.flatMap(({ messages }) => messages) };
        })
        .addEdge(START, 'both')
        .compile({ checkpointer: new MemorySaver() });
      expect(texts(await graph.invoke(asked, thread)).slice(1)).toEqual([
        'On shelf 3.',
        'Refunded.',
      ]);
      const entries = await manager.history();
      expect(entries.map(({ targetAgentId, status }) => [targetAgentId, status]).sort()).toEqual([
        ['billing', 'completed'],
        ['stock', 'completed'],
      ]);
    });
  }

  test('one agent twice: each piece of work is a handoff of its own', async () => {
    const billing = scriptedAgent({ id: 'billing', replies: ({ originalTask }) => originalTask });
    const manager = createHandoffManager({ agents: [billing] });
    const node = handoffNode({ manager, target: 'billing' });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('each', async (_: State, config) => {
        const orders = ['Refund order 7', 'Refund order 8'].map((text) => new HumanMessage(text));
        const updates = await Promise.all(orders.map((each) => node({ messages: [each] }, config)));
        return { messages: updates.flatMap(({ messages }) => messages) };
      })
      .addEdge(START, 'each')
      .compile({ checkpointer: new MemorySaver() });
    const state = await graph.invoke(asked, thread);
    expect(texts(state).slice(1)).toEqual(['Refund order 7', 'Refund order 8']);
  });

  test('both ask something: each goes on with its own answer', async () => {
    const asking = (id: string) =>
      fromLangChain(
        new StateGraph(MessagesAnnotation)
          .addNode('ask', () => ({ messages: [new AIMessage(`${id}: ${interrupt(`${id}?`)}`)] }))
          .addEdge(START, 'ask')
          .compile(),
        { id },
      );
    const manager = createHandoffManager({ agents: [asking('stock'), asking('billing')] });
    const nodes = (['stock', 'billing'] as const).map((target) => handoffNode({ manager, target }));
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('both', async (state: State, config) => {
        const messages: State['messages'] = [];
        for (const node of nodes) messages.push(...(await node(state, config)).messages);
        return { messages };
      })
      .addEdge(START, 'both')
      .compile({ checkpointer: new MemorySaver() });
    const question = (state: object) =>
      (state as { [INTERRUPT]?: { value: unknown }[] })[INTERRUPT];
    expect(question(await graph.invoke(asked, thread))).toMatchObject([{ value: 'stock?' }]);
    const first = await graph.invoke(new Command({ resume: 'yes' }), thread);
    expect(question(first)).toMatchObject([{ value: 'billing?' }]);
    const last = await graph.invoke(new Command({ resume: 'no' }), thread);
    expect(texts(last).slice(1)).toEqual(['stock: yes', 'billing: no']);
    expect(await manager.history()).toMatchObject([
      { targetAgentId: 'stock', status: 'completed', attempt: 2 },
      { targetAgentId: 'billing', status: 'completed', attempt: 2 },
    ]);
  });
});

describe('a target that leaves by a Command to the graph around it', () => {
  /** Triage transfers to sales by a tool that goes on at `after` in the parent graph. */
  const toManager = () => {
    const model = server.model([calls('c', ['transfer_to_sales', { task: 'Sell' }])]);
    const sales = agent('sales', [{ content: 'Sold.' }]);
    const triage = fromLangChain(
      () => {
        const transfer = transferTool({ manager, target: 'sales', goto: 'after' });
        return createAgent({ model, tools: [transfer] });
      },
      { id: 'triage', canTransferTo: ['sales'] },
    );
    const manager: HandoffManager = createHandoffManager({ agents: [triage, sales] });
    return manager;
  };

  for (const followTransfers of [false, true]) {
    test(`handoffNode${followTransfers ? ' that follows transfers' : ''}: the handoff is completed, and the graph goes where the target wants`, async () => {
      const manager = toManager();
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('desk', handoffNode({ manager, target: 'triage', followTransfers }), {
          ends: ['after'],
        })
        .addNode('after', () => ({ messages: ['Thanks.'] }))
        .addEdge(START, 'desk')
        .compile({ checkpointer: new MemorySaver() });
      const state = await graph.invoke(asked, thread);
      expect(texts(state).slice(-2)).toEqual(['Sold.', 'Thanks.']);
      const [triage, sales] = await manager.history();
      expect(triage).toMatchObject({ status: 'completed', result: { output: 'Sold.' } });
      expect(sales).toMatchObject({
        status: 'completed',
        sourceAgentId: 'triage',
        context: { parentIds: [triage?.handoffId] },
      });
      expect((await manager.verify(triage?.taskId ?? '')).problems).toEqual([]);
    });
  }

  test('who gave it work goes on, and the graph where that one goes', async () => {
    const leaving = new StateGraph(MessagesAnnotation)
      .addNode(
        'leave',
        () =>
          new Command({
            graph: Command.PARENT,
            goto: 'after',
            update: { messages: [new AIMessage('On shelf 3.')] },
          }),
      )
      .addEdge(START, 'leave')
      .compile();
    const model = server.model([
      calls('c', ['delegate_to_stock', { task: 'Look' }]),
      { content: 'It is on shelf 3.' },
    ]);
    const triage = fromLangChain(({ tools }) => createAgent({ model, tools }), {
      id: 'triage',
      canDelegateTo: ['stock'],
    });
    const manager = createHandoffManager({
      agents: [triage, fromLangChain(leaving, { id: 'stock' })],
    });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('desk', handoffNode({ manager, target: 'triage' }), { ends: ['after'] })
      .addNode('after', () => ({ messages: ['Thanks.'] }))
      .addEdge(START, 'desk')
      .compile({ checkpointer: new MemorySaver() });
    expect(texts(await graph.invoke(asked, thread)).slice(1)).toEqual(['It is on shelf 3.']);
    const told = server.bodies(model)[1]?.messages.at(-1);
    expect(told).toMatchObject({ role: 'tool', content: 'On shelf 3.' });
  });
});
