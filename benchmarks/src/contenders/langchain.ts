import { delegateTool, fromLangChain } from '@agent-handoff/adapter-langchain';
import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { handoffMiddleware } from '@agent-handoff/adapter-langchain/middleware';
import {
  createHandoffAgent,
  createHandoffContext,
  createHandoffManager,
  type HandoffAgent,
  memoryStore,
  toPrompt,
} from '@agent-handoff/core';
import { RunnableLambda } from '@langchain/core/runnables';
import {
  Annotation,
  END,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { createHandoffTool, createSwarm } from '@langchain/langgraph-swarm';
import { createAgent } from 'langchain';
import type { Contender } from '../contender.ts';
import { scenario } from '../scenario.ts';
import { InstantChatModel } from './instant-chat-model.ts';

const { task, triage, billing } = scenario;
const messages = [{ role: 'user' as const, content: task }];
const answers = () => new InstantChatModel(billing.output);
const hands = (tool: string) => new InstantChatModel(triage.output, `${tool}_to_${billing.id}`);
const context = createHandoffContext({
  sourceAgentId: triage.id,
  targetAgentId: billing.id,
  originalTask: task,
});

function contender(
  name: string,
  batch: number,
  ask: () => Promise<unknown>,
  expected: string,
): Contender {
  return {
    name,
    batch,
    run: async () => {
      const answer = await ask();
      if (answer !== expected) throw new Error(`${name} answered ${JSON.stringify(answer)}.`);
    },
  };
}

/** A chat model by itself, in a runnable of LangChain's own. */
export function wrappedModel(batch: number): Contender {
  const model = answers();
  const wrapped = RunnableLambda.from((input: string) => model.invoke(input));
  return contender(
    'a RunnableLambda around a chat model',
    batch,
    async () => (await wrapped.invoke(task)).text,
    billing.output,
  );
}

/** The same model as an agent that receives a handoff. */
export function receivingModel(batch: number): Contender {
  const agent = fromLangChain(answers(), { id: billing.id });
  return contender(
    'receiveHandoff over a chat model',
    batch,
    async () => (await agent.receiveHandoff(context)).output,
    billing.output,
  );
}

/** An agent of `createAgent` by itself, asked with as many messages as a handoff makes. */
export function bareAgent(batch: number): Contender {
  const agent = createAgent({ model: answers() });
  const asked = [toPrompt(context), 'Take over from here.'].map((content) => {
    return { role: 'user' as const, content };
  });
  return contender(
    'createAgent',
    batch,
    async () => (await agent.invoke({ messages: asked })).messages.at(-1)?.text,
    billing.output,
  );
}

/** The same agent, receiving a handoff. */
export function receivingAgent(batch: number): Contender {
  const agent = fromLangChain(createAgent({ model: answers() }), { id: billing.id });
  return contender(
    'receiveHandoff over createAgent',
    batch,
    async () => (await agent.receiveHandoff(context)).output,
    billing.output,
  );
}

function swarmBuilder() {
  const graphOf = (
    name: string,
    model: InstantChatModel,
    tools: ReturnType<typeof createHandoffTool>[],
  ) => createAgent({ name, model, tools }).graph;
  return createSwarm({
    agents: [
      graphOf(triage.id, hands('transfer'), [createHandoffTool({ agentName: billing.id })]),
      graphOf(billing.id, answers(), []),
    ] as never,
    defaultActiveAgent: triage.id,
  });
}

/** Two agents of `createAgent` in langgraph-swarm, which forgets who is active. */
export function swarmOfAgents(batch: number): Contender {
  const swarm = swarmBuilder().compile();
  return contender(
    'langgraph-swarm',
    batch,
    async () => (await swarm.invoke({ messages })).messages.at(-1)?.text,
    billing.output,
  );
}

/**
 * The same as its README has it, with a checkpointer that keeps who is active, and so with a record of
 * its own. Each call is the first of a new thread; what the threads keep is dropped from time to time.
 */
export function swarmWithMemory(batch: number): Contender {
  const checkpointer = new MemorySaver();
  const swarm = swarmBuilder().compile({ checkpointer });
  let threads = 0;
  return contender(
    'langgraph-swarm with MemorySaver',
    batch,
    async () => {
      const thread_id = String(threads++);
      if (threads > keptTasks) await checkpointer.deleteThread(String(threads - keptTasks));
      const { messages: said } = await swarm.invoke({ messages }, { configurable: { thread_id } });
      return said.at(-1)?.text;
    },
    billing.output,
  );
}

/** As many tasks as our stores keep here, so many threads does a checkpointer. */
const keptTasks = 100;

const manager = (source: HandoffAgent) =>
  createHandoffManager({
    agents: [source, fromLangChain(createAgent({ model: answers() }), { id: billing.id })],
    store: memoryStore({ maxTasks: keptTasks }),
  });
const declared = { id: triage.id, canTransferTo: [billing.id], canDelegateTo: [billing.id] };

/** One agent of `createAgent` asks another, and then its own model once more. */
export const delegating = (batch: number): Contender => delegation('delegateTool', batch, false);

/** The same where the answer of the other is its own: two model calls, as in a swarm. */
export const delegatingDirectly = (batch: number): Contender =>
  delegation('delegateTool, returnDirect', batch, true);

function delegation(name: string, batch: number, returnDirect: boolean): Contender {
  const ask = delegateTool({
    manager: manager(createHandoffAgent(declared)),
    source: triage.id,
    target: billing.id,
    returnDirect,
  });
  const agent = createAgent({ model: hands('delegate'), tools: [ask] });
  return contender(
    name,
    batch,
    async () => (await agent.invoke({ messages })).messages.at(-1)?.text,
    returnDirect ? billing.output : triage.output,
  );
}

/** One agent of `createAgent` hands the conversation to another. */
export function transferring(batch: number): Contender {
  const middleware = handoffMiddleware({
    manager: manager(createHandoffAgent(declared)),
    source: triage.id,
  });
  const agent = createAgent({ model: hands('transfer'), middleware: [middleware] });
  return contender(
    'handoffMiddleware',
    batch,
    async () => (await agent.invoke({ messages })).messages.at(-1)?.text,
    billing.output,
  );
}

/** One agent of `createAgent`, a node of a graph, leaves it by a Command when another has answered. */
export function leaving(batch: number): Contender {
  const source = createHandoffAgent(declared);
  const leave = transferTool({ manager: manager(source), source: triage.id, target: billing.id });
  const agent = createAgent({ model: hands('transfer'), tools: [leave] });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode(triage.id, agent.graph, { ends: [END] })
    .addEdge(START, triage.id)
    .compile();
  return contender(
    'transferTool in a node',
    batch,
    async () => (await graph.invoke({ messages })).messages.at(-1)?.text,
    billing.output,
  );
}

/** The same two agents in one node, which follows their transfers. */
export function nodeOfAgents(batch: number): Contender {
  const model = hands('transfer');
  const source = fromLangChain(({ tools }) => createAgent({ model, tools }), declared);
  const State = Annotation.Root({ ...MessagesAnnotation.spec, activeAgent: Annotation<string> });
  const node = handoffNode({ manager: manager(source), target: triage.id, followTransfers: true });
  const graph = new StateGraph(State).addNode('swarm', node).addEdge(START, 'swarm').compile();
  return contender(
    'handoffNode, a swarm',
    batch,
    async () => (await graph.invoke({ messages })).messages.at(-1)?.text,
    billing.output,
  );
}
