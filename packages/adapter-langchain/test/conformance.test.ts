import { fromLangChain } from '@agent-handoff/adapter-langchain';
import {
  describeHandoffAgent,
  type ModelDouble,
  type ModelMove,
} from '@agent-handoff/testing/conformance';
import { type StrictModelServer, strictModelServer } from '@agent-handoff/testing/model-server';
import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseMessage } from '@langchain/core/messages';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { Annotation, messagesStateReducer, START, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { afterAll, beforeAll } from 'vitest';

let server: StrictModelServer;
const doubles = new Map<string, ModelDouble>();

beforeAll(async () => {
  server = await strictModelServer({
    respond: async ({ model, messages, tools = [] }) => {
      const double = doubles.get(model);
      if (double === undefined) throw new Error(`no double for ${model}`);
      let move: ModelMove;
      try {
        move = await double({
          text: messages.map(({ content }) => JSON.stringify(content)).join('\n'),
          toolNames: tools.map((tool) => tool.function.name),
        });
      } catch (thrown) {
        return {
          status: 400,
          error: { message: (thrown as Error).message, type: 'invalid_request_error' },
        };
      }
      if (typeof move === 'string') return { content: move };
      const { toolName, toolCallId, input } = move;
      return { toolCalls: [{ id: toolCallId, name: toolName, arguments: JSON.stringify(input) }] };
    },
  });
});
afterAll(() => server.close());

/** The real client of OpenAI, with the double behind the wire. */
function clientOf(double: ModelDouble): ChatOpenAI {
  const model = `double-${doubles.size}`;
  doubles.set(model, double);
  return new ChatOpenAI({
    model,
    apiKey: 'none',
    maxRetries: 0,
    configuration: { baseURL: server.url },
  });
}

/** The real client of Anthropic. */
function anthropicOf(double: ModelDouble): ChatAnthropic {
  const model = `double-${doubles.size}`;
  doubles.set(model, double);
  return new ChatAnthropic({
    model,
    apiKey: 'none',
    maxRetries: 0,
    anthropicApiUrl: server.url.replace(/\/v1$/, ''),
  });
}

describeHandoffAgent("a chat model of Anthropic's", (double) =>
  fromLangChain(anthropicOf(double), { id: 'subject' }),
);

describeHandoffAgent("createAgent with a model of Anthropic's", (double) => {
  const model = anthropicOf(double);
  return fromLangChain(({ tools }) => createAgent({ model, tools }), { id: 'subject' });
});

describeHandoffAgent('a chat model', (double) =>
  fromLangChain(clientOf(double), { id: 'subject' }),
);

describeHandoffAgent(
  'a chain',
  (double) =>
    fromLangChain(
      ChatPromptTemplate.fromMessages([
        ['system', 'Be brief.'],
        ['placeholder', '{messages}'],
      ])
        .pipe(clientOf(double))
        .pipe(new StringOutputParser()),
      { id: 'subject' },
    ),
  { tools: false },
);

describeHandoffAgent('createAgent', (double) => {
  const model = clientOf(double);
  return fromLangChain(({ tools }) => createAgent({ model, tools }), { id: 'subject' });
});

describeHandoffAgent('a graph', (double) => {
  const model = clientOf(double);
  const State = Annotation.Root({
    messages: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
  });
  return fromLangChain(
    ({ tools }) =>
      new StateGraph(State)
        .addNode('model', async ({ messages }) => ({
          messages: [await model.bindTools(tools).invoke(messages)],
        }))
        .addNode('tools', new ToolNode(tools))
        .addEdge(START, 'model')
        .addConditionalEdges('model', toolsCondition)
        .addEdge('tools', 'model')
        .compile(),
    { id: 'subject' },
  );
});
