import { fromLangChain } from '@agent-handoff/adapter-langchain';
import { handoffNode } from '@agent-handoff/adapter-langchain/langgraph';
import { createHandoffManager } from '@agent-handoff/core';
import { type AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import {
  Annotation,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { createHandoffTool, createSwarm } from '@langchain/langgraph-swarm';
import { createAgent, tool } from 'langchain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Answer, calls, ScriptedServer } from './scripted-server.ts';

const server = new ScriptedServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const State = Annotation.Root({ ...MessagesAnnotation.spec, activeAgent: Annotation<string> });
const add = tool(({ a, b }) => String(a + b), {
  name: 'add',
  description: 'Adds two numbers.',
  schema: z.object({ a: z.number(), b: z.number() }),
});
const thread = { configurable: { thread_id: 't1' } };
const turn = (text: string) => ({ messages: [new HumanMessage(text)] });

/** Two agents that transfer to each other, made with this package. */
function ourSwarm(alice: readonly Answer[], bob: readonly Answer[]) {
  const models = { alice: server.model(alice), bob: server.model(bob) };
  const agents = [
    fromLangChain(({ tools }) => createAgent({ model: models.alice, tools: [add, ...tools] }), {
      id: 'alice',
      canTransferTo: ['bob'],
    }),
    fromLangChain(({ tools }) => createAgent({ model: models.bob, tools: [add, ...tools] }), {
      id: 'bob',
      canTransferTo: ['alice'],
    }),
  ];
  const manager = createHandoffManager({ agents });
  const app = new StateGraph(State)
    .addNode('swarm', handoffNode({ manager, target: 'alice', followTransfers: true }))
    .addEdge(START, 'swarm')
    .compile({ checkpointer: new MemorySaver() });
  return { app, manager, models };
}

/** The same with langgraph-swarm. */
function theirSwarm(alice: readonly Answer[], bob: readonly Answer[]) {
  const models = { alice: server.model(alice), bob: server.model(bob) };
  const agent = (name: 'alice' | 'bob', other: string) =>
    createReactAgent({
      name,
      llm: models[name],
      tools: [add, createHandoffTool({ agentName: other })],
    });
  const app = createSwarm({
    agents: [agent('alice', 'bob'), agent('bob', 'alice')],
    defaultActiveAgent: 'alice',
  }).compile({ checkpointer: new MemorySaver() });
  return { app, models };
}

describe.each([
  ['langgraph-swarm', theirSwarm],
  ['this package', ourSwarm],
] as const)('a swarm of two, made with %s', (_name, toSwarm) => {
  test('the conversation goes where the agents transfer it, and stays there for the next turn', async () => {
    const { app, models } = toSwarm(
      [
        calls('a', ['transfer_to_bob', {}]),
        calls('b', ['add', { a: 5, b: 7 }]),
        { content: '5 and 7 make 12.' },
      ],
      [{ content: 'Ahoy, I am Bob.' }, calls('c', ['transfer_to_alice', {}])],
    );
    const first = await app.invoke(turn('Let me talk to Bob'), thread);
    expect(first.messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'ai']);
    expect(first.messages.at(-2)?.text).toMatch(/transferred to bob/i);
    expect(first.messages.at(-1)?.text).toBe('Ahoy, I am Bob.');
    expect(first.activeAgent).toBe('bob');

    const second = await app.invoke(turn('What is 5 + 7?'), thread);
    expect(second.messages).toHaveLength(10);
    expect(second.messages.slice(0, 4).map(({ id }) => id)).toEqual(
      first.messages.map(({ id }) => id),
    );
    expect(second.messages.at(-4)?.text).toMatch(/transferred to alice/i);
    expect((second.messages.at(-3) as AIMessage).tool_calls).toMatchObject([
      { name: 'add', args: { a: 5, b: 7 }, id: 'b1' },
    ]);
    expect(second.messages.at(-2)).toMatchObject({ content: '12', tool_call_id: 'b1' });
    expect(second.messages.at(-1)?.text).toBe('5 and 7 make 12.');
    expect(second.activeAgent).toBe('alice');
    // Who gets the conversation knows what was said in the turn before.
    expect(JSON.stringify(server.bodies(models.alice)[1])).toContain('Ahoy, I am Bob.');
  });
});

describe('parallel calls', () => {
  const transfer = ['transfer_to_bob', {}] as const;
  const orders = {
    '[transfer, add]': [transfer, ['add', { a: 5, b: 7 }]],
    '[add, transfer]': [['add', { a: 5, b: 7 }], transfer],
    '[transfer, transfer]': [transfer, transfer],
  } as const;
  const bobs = [{ content: 'Ahoy, I am Bob.' }];

  for (const [order, made] of Object.entries(orders)) {
    test(`${order}: langgraph-swarm leaves a call without an answer, which the provider refuses`, async () => {
      const { app } = theirSwarm([calls('a', ...made)], bobs);
      await expect(app.invoke(turn('Let me talk to Bob'), thread)).rejects.toMatchObject({
        status: 400,
      });
    });

    test(`${order}: here the transfer is made once, and every call is answered once`, async () => {
      const seen = server.problems.length;
      const { app, manager, models } = ourSwarm([calls('a', ...made)], bobs);
      const { messages, activeAgent } = await app.invoke(turn('Let me talk to Bob'), thread);
      expect(activeAgent).toBe('bob');
      expect(messages.at(-1)?.text).toBe('Ahoy, I am Bob.');
      const answers = messages.filter((each) => ToolMessage.isInstance(each));
      expect(answers.map(({ tool_call_id }) => tool_call_id).sort()).toEqual(['a1', 'a2']);
      if (order.includes('add')) expect(answers.map(({ text }) => text)).toContain('12');
      expect(server.bodies(models.alice)).toHaveLength(1);
      const entries = await manager.history();
      expect(entries.map(({ targetAgentId }) => targetAgentId)).toEqual(['alice', 'bob']);
      expect(new Set(entries.map(({ taskId }) => taskId)).size).toBe(1);
      await server
        .model([{ content: 'You are welcome.' }])
        .invoke([...messages, new HumanMessage('Thanks')]);
      expect(server.problems.slice(seen)).toEqual([]);
    });
  }
});
