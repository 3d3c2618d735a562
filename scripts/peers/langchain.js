/** Uses every entry of the LangChain adapter once; run by check-langchain-peers.ts beside its peers. */
import assert from 'node:assert/strict';
import { delegateTool, fromLangChain, HandoffRunnable } from '@agent-handoff/adapter-langchain';
import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { handoffMiddleware } from '@agent-handoff/adapter-langchain/middleware';
import { createHandoffManager } from '@agent-handoff/core';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage } from '@langchain/core/messages';
import {
  Command,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { createAgent, tool } from 'langchain';
import * as z from 'zod';

/** Calls a tool until one has answered, then says what it answered. */
class Model extends BaseChatModel {
  constructor(toolName, args) {
    super({});
    this.call = toolName && { id: crypto.randomUUID(), name: toolName, args };
  }
  _llmType() {
    return 'scripted';
  }
  bindTools() {
    return this;
  }
  async _generate(messages) {
    const last = messages.at(-1);
    const message =
      this.call && last.getType() !== 'tool'
        ? new AIMessage({ content: '', tool_calls: [this.call] })
        : new AIMessage(`Done: ${last.content}`);
    return { generations: [{ text: '', message }] };
  }
}

const task = { task: 'Refund order 7' };
const messages = [{ role: 'user', content: 'Refund order 7' }];
const refund = tool(({ amount }) => `refunded ${amount}, ${interrupt('Sure?')}`, {
  name: 'refund',
  description: 'Refunds.',
  schema: z.object({ amount: z.number() }),
});
const asks = () => createAgent({ model: new Model('refund', { amount: 9 }), tools: [refund] });
const managerOf = (billing) =>
  createHandoffManager({
    agents: [
      fromLangChain(new Model(), {
        id: 'triage',
        canTransferTo: ['billing'],
        canDelegateTo: ['billing'],
      }),
      fromLangChain(billing, { id: 'billing' }),
    ],
  });

{
  const manager = managerOf(createAgent({ model: new Model(), tools: [] }));
  const made = { manager, source: 'triage', target: 'billing' };
  const delegating = createAgent({
    model: new Model('delegate_to_billing', task),
    tools: [delegateTool(made)],
  });
  assert.match((await delegating.invoke({ messages })).messages.at(-1).text, /Done: Done/);
  const direct = (target) =>
    createAgent({
      model: new Model(`delegate_to_${target}`, task),
      tools: [delegateTool({ ...made, target, returnDirect: true })],
    });
  assert.match(
    (await direct('billing').invoke({ messages })).messages.at(-1).text,
    /^Done: (?!Done)/,
  );
  // What is refused is told to the model: to itself nobody can hand.
  assert.match(
    (await direct('triage').invoke({ messages })).messages.at(-1).text,
    /^Done: .*triage/,
  );
  const handing = createAgent({
    model: new Model('transfer_to_billing', task),
    middleware: [handoffMiddleware({ manager, source: 'triage' })],
  });
  assert.equal((await handing.invoke({ messages })).messages.at(-1).name, 'billing');
  const leaving = createAgent({
    model: new Model('transfer_to_billing', task),
    tools: [transferTool(made)],
  });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('triage', leaving.graph)
    .addEdge(START, 'triage')
    .compile();
  assert.equal((await graph.invoke({ messages })).messages.at(-1).name, 'billing');
  assert.match(
    (await HandoffRunnable.from(manager, { target: 'billing' }).invoke(task)).output,
    /Done/,
  );
  assert.equal((await manager.history({ status: 'completed' })).length, 5);
}
{
  const manager = managerOf(asks());
  const thread = { configurable: { thread_id: '1' } };
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('billing', handoffNode({ manager, target: 'billing' }))
    .addEdge(START, 'billing')
    .compile({ checkpointer: new MemorySaver() });
  await graph.invoke({ messages }, thread);
  assert.equal((await manager.history())[0].status, 'awaiting-approval');
  const { messages: said } = await graph.invoke(new Command({ resume: 'sure' }), thread);
  assert.match(said.at(-1).text, /refunded 9, sure/);
  const [entry, ...more] = await manager.history();
  assert.deepEqual([entry.status, entry.attempt, more.length], ['completed', 2, 0]);
}
{
  const run = fromLangChain(
    ({ tools }) => createAgent({ model: new Model('transfer_to_b', task), tools }),
    {
      id: 'a',
      canTransferTo: ['b'],
    },
  );
  const manager = createHandoffManager({ agents: [run, fromLangChain(new Model(), { id: 'b' })] });
  const result = await manager.run({ entry: 'a', input: 'Refund order 7' });
  assert.deepEqual([result.status, result.activeAgentId], ['completed', 'b']);
}
console.log('every entry works');
