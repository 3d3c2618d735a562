import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fromLangChain,
  fromLangChainMessages,
  langchainModel,
  toLangChainMessages,
} from '@agent-handoff/adapter-langchain';
import {
  createHandoffAgent,
  createHandoffContext,
  createHandoffManager,
  createTool,
  HandoffError,
  type HandoffTool,
  message,
} from '@agent-handoff/core';
import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { RunnableLambda } from '@langchain/core/runnables';
import { MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, providerStrategy, tool, toolStrategy } from 'langchain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { calls, scriptedServer, tokens } from './scripted-server.ts';

const server = scriptedServer();

const context = (originalTask = 'Where is order 7?') =>
  createHandoffContext({ sourceAgentId: 'triage', targetAgentId: 'subject', originalTask });
const lookUp = tool(({ id }) => `Order ${id} is on shelf 3`, {
  name: 'look_up',
  description: 'Looks an order up.',
  schema: z.object({ id: z.number() }),
});
const dataSchema = z.object({ shelf: z.number() });
const usage = { inputTokens: 10, outputTokens: 4, totalTokens: 14 };

describe('fromLangChain', () => {
  test('a chat model: text, usage, own tools', async () => {
    const model = server.model([
      { ...calls('c', ['find', { id: 7 }]), ...tokens(10, 4) },
      { content: 'Shelf 3.', ...tokens(20, 3) },
    ]);
    const find: HandoffTool = {
      name: 'find',
      description: 'Finds.',
      inputSchema: { type: 'object', properties: { id: { type: 'number' } } },
      execute: () => ({ output: { shelf: 3 } }),
    };
    const agent = fromLangChain(model, { id: 'subject', systemPrompt: 'Be brief.', tools: [find] });
    const report = await agent.receiveHandoff(context());
    expect(report).toMatchObject({
      status: 'completed',
      output: 'Shelf 3.',
      usage: { inputTokens: 30, outputTokens: 7, totalTokens: 37 },
    });
    expect(report.messages?.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
    const [, body] = server.bodies(model);
    expect(body?.messages[0]).toMatchObject({ role: 'system', content: 'Be brief.' });
    expect(body?.messages.at(-1)).toMatchObject({ role: 'tool', content: '{"shelf":3}' });
  });

  test('a chat model corrects the input of a tool that has a schema', async () => {
    const model = server.model([
      calls('a', ['find', { id: 'seven' }], ['find', { id: -7 }]),
      calls('b', ['find', { id: 7 }]),
      { content: 'Shelf 3.' },
    ]);
    const found: unknown[] = [];
    const find = createTool({
      name: 'find',
      description: 'Finds.',
      inputSchema: z.object({
        id: z.number().refine((id) => id > 0, 'must be above 0'),
        deep: z
          .string()
          .default('no')
          .transform((text) => text === 'yes'),
      }),
      execute: (input) => {
        found.push(input);
        return { output: { shelf: 3 } };
      },
    });
    const agent = fromLangChain(model, { id: 'subject', tools: [find] });
    expect(await agent.receiveHandoff(context())).toMatchObject({ output: 'Shelf 3.' });
    expect(found).toEqual([{ id: 7, deep: false }]);
    const [, second, third] = server.bodies(model);
    const [text, negative] = second?.messages.slice(-2) ?? [];
    expect(text).toMatchObject({ role: 'tool', content: expect.stringContaining('number') });
    expect(negative).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('The input of find is invalid: id: must be above 0.'),
    });
    expect(third?.messages.at(-1)).toMatchObject({ role: 'tool', content: '{"shelf":3}' });
  });

  test('a chat model gives a structured answer, corrects it, and gives it beside other tools', async () => {
    const model = server.model([
      calls('a', ['give_answer', { shelf: 'three' }]),
      calls('b', ['give_answer', { shelf: 3 }]),
    ]);
    const agent = fromLangChain(model, { id: 'subject', dataSchema });
    const report = await agent.receiveHandoff(context());
    expect(report).toMatchObject({
      status: 'completed',
      data: { shelf: 3 },
      output: '{"shelf":3}',
    });
    expect(JSON.stringify(server.bodies(model)[1]?.messages.at(-1))).toContain('did not match');
  });

  test('a chain: usage although its parser drops the message', async () => {
    const chain = server
      .model([{ content: 'Shelf 3.', ...tokens(10, 4) }])
      .pipe(new StringOutputParser());
    const report = await fromLangChain(chain, { id: 'subject' }).receiveHandoff(context());
    expect(report).toMatchObject({ status: 'completed', output: 'Shelf 3.', usage });
    expect(report.messages).toEqual([message.assistant('Shelf 3.')]);
  });

  test('withStructuredOutput', async () => {
    const answer = { content: '{"shelf":3}', ...tokens(10, 4) };
    const model = server.model([answer]).withStructuredOutput(dataSchema, { method: 'jsonSchema' });
    const agent = fromLangChain(model, { id: 'subject', dataSchema });
    const report = await agent.receiveHandoff(context());
    expect(report).toMatchObject({ status: 'completed', data: { shelf: 3 }, usage });
  });

  test('an agent of createAgent, and its graph: only new messages, usage, structured answer', async () => {
    for (const part of ['agent', 'graph'] as const) {
      for (const way of [{}, { onEvent: () => {} }]) {
        const model = server.model([
          { ...calls('c', ['look_up', { id: 7 }]), ...tokens(10, 4) },
          { content: '{"shelf":3}', ...tokens(20, 3) },
        ]);
        const created = createAgent({
          model,
          tools: [lookUp],
          responseFormat: providerStrategy(dataSchema),
        });
        const given = part === 'agent' ? created : created.graph;
        const agent = fromLangChain(given, { id: 'subject', dataSchema });
        const report = await agent.receiveHandoff(context(), way);
        expect(report).toMatchObject({
          status: 'completed',
          data: { shelf: 3 },
          usage: { inputTokens: 30, outputTokens: 7, totalTokens: 37 },
        });
        expect(report.messages).toEqual([
          message.assistant([
            { type: 'tool_call', id: 'c1', name: 'look_up', arguments: { id: 7 } },
          ]),
          message.tool('c1', 'Order 7 is on shelf 3'),
          message.assistant('{"shelf":3}'),
        ]);
      }
    }
  });

  test('a graph, and a later turn on a thread of its own: what was said before is not new', async () => {
    const model = server.model(() => ({ content: 'Shelf 3.', ...tokens(10, 4) }));
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('ask', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
      .addEdge(START, 'ask')
      .compile({ checkpointer: new MemorySaver() })
      .withConfig({ configurable: { thread_id: 'thread-1' } });
    const agent = fromLangChain(graph, { id: 'subject' });
    for (const asked of [1, 2]) {
      const report = await agent.receiveHandoff(context());
      expect(report).toMatchObject({ status: 'completed', output: 'Shelf 3.', usage });
      expect(report.messages).toEqual([message.assistant('Shelf 3.')]);
      expect(server.bodies(model)).toHaveLength(asked);
    }
    expect(server.bodies(model)[1]?.messages.length).toBeGreaterThan(3);
  });

  test('arguments that are no JSON: the model is told, and corrects them', async () => {
    const ways = [{}, { onEvent: () => {} }].flatMap((way) => [
      { way, useResponsesApi: false },
      { way, useResponsesApi: true },
    ]);
    for (const { way, useResponsesApi } of ways) {
      const model = server.model(
        [calls('a', ['find', '{"id":']), calls('b', ['find', { id: 7 }]), { content: 'Shelf 3.' }],
        undefined,
        { useResponsesApi },
      );
      const runs: unknown[] = [];
      const find: HandoffTool = {
        name: 'find',
        description: 'Finds.',
        inputSchema: { type: 'object', properties: { id: { type: 'number' } }, required: ['id'] },
        execute: (input) => {
          runs.push(input);
          return { output: 'Shelf 3' };
        },
      };
      const agent = fromLangChain(model, { id: 'subject', tools: [find] });
      const report = await agent.receiveHandoff(context(), way);
      expect(report.output).toBe('Shelf 3.');
      expect(runs).toEqual([{ id: 7 }]);
      expect(JSON.stringify(server.bodies(model)[1])).toContain('not JSON');
    }
  });

  test('an agent of createAgent that its own broken call ended is asked once more', async () => {
    const model = server.model([calls('a', ['look_up', '{"id":']), { content: 'Shelf 3.' }]);
    const agent = fromLangChain(createAgent({ model, tools: [lookUp] }), { id: 'subject' });
    expect((await agent.receiveHandoff(context())).output).toBe('Shelf 3.');
  });

  test('several tools in one turn, one of which ends it: all answered, no further model call', async () => {
    const transfer: HandoffTool = {
      name: 'transfer_to_billing',
      description: 'Hands on.',
      inputSchema: { type: 'object' },
      execute: () => ({ output: 'Transferred.', endsTurn: true }),
    };
    const orders = [
      ['look_up', 'transfer_to_billing'],
      ['transfer_to_billing', 'look_up'],
      ['transfer_to_billing', 'transfer_to_billing'],
    ];
    for (const order of orders) {
      for (const onEvent of [undefined, () => {}]) {
        const model = server.model([
          {
            content: 'Handing on.',
            ...calls('c', ...order.map((name) => [name, { id: 7 }] as const)),
            ...tokens(10, 4),
          },
        ]);
        const agent = fromLangChain(
          ({ tools }) => createAgent({ model, tools: [lookUp, ...tools] }),
          { id: 'subject' },
        );
        const report = await agent.receiveHandoff(context(), {
          tools: [transfer],
          ...(onEvent ? { onEvent } : {}),
        });
        expect(report).toMatchObject({ status: 'completed', output: 'Handing on.', usage });
        expect(server.bodies(model)).toHaveLength(1);
        const answered = (report.messages ?? []).flatMap(({ role, parts }) =>
          role === 'tool' ? parts.map((part) => (part as { id: string }).id) : [],
        );
        expect(answered.sort()).toEqual(['c1', 'c2']);
      }
    }
  });

  for (const order of ['before', 'behind'] as const) {
    test(`a transfer ${order} a structured answer, which createAgent drops: every call is answered`, async () => {
      const execute = () => ({ output: 'Transferred.', endsTurn: true });
      const transfer: HandoffTool = {
        name: 'transfer_to_billing',
        description: 'Hands on.',
        inputSchema: { type: 'object' },
        execute,
      };
      const model = server.model(({ tools = [] }) => {
        const names = tools.map((each) => each.function.name);
        const made = (order === 'before' ? names : names.reverse()).map(
          (name) => [name, { shelf: 3 }] as const,
        );
        return calls('c', ...made);
      });
      const responseFormat = toolStrategy(dataSchema) as never;
      const agent = fromLangChain(({ tools }) => createAgent({ model, tools, responseFormat }), {
        id: 'subject',
        dataSchema,
      });
      const { data, messages = [] } = await agent.receiveHandoff(context(), { tools: [transfer] });
      expect(data).toEqual({ shelf: 3 });
      const next = server.model([{ content: 'You are welcome.' }]);
      await next.invoke(toLangChainMessages([...messages, message.user('Thanks')]));
    });
  }

  test('a graph that meets its recursion limit is incomplete', async () => {
    const model = server.model(() =>
      calls(`c${Math.random()}`.replace('.', ''), ['look_up', { id: 7 }]),
    );
    const agent = createAgent({ model, tools: [lookUp] }).withConfig({ recursionLimit: 4 });
    const settled = fromLangChain(agent, { id: 'subject' }).receiveHandoff(context());
    await expect(settled).rejects.toMatchObject({ code: 'INCOMPLETE' });
  });

  test('a provider that fails is AGENT_FAILED, without its headers or keys', async () => {
    for (const [status, retryable] of [
      [401, false],
      [429, true],
      [500, true],
    ] as const) {
      const said = 'Refused. Key: sk-proj-abcdefghijklmnopqrstuvwxyz';
      const model = server.model(() => ({ status, error: { message: said } }));
      for (const each of [model, model.pipe(new StringOutputParser()), createAgent({ model })]) {
        const thrown = await fromLangChain(each, { id: 'subject' })
          .receiveHandoff(context())
          .catch((error: unknown) => error);
        expect(HandoffError.isInstance(thrown)).toBe(true);
        expect(thrown).toMatchObject({
          code: 'AGENT_FAILED',
          retryable,
          details: { statusCode: status },
        });
        const shown = `${JSON.stringify(thrown)} ${(thrown as Error).stack}`;
        expect(shown).toContain('Refused');
        expect(shown).not.toContain('sk-proj-abc');
      }
    }
  });

  test('refuses what is no runnable', () => {
    const graph = new StateGraph(MessagesAnnotation).addNode('a', () => ({})).addEdge(START, 'a');
    expect(() => fromLangChain(graph as never, { id: 'subject' })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIGURATION' }),
    );
  });

  test('refuses what a runnable that is made already can not be given: paths, and tools', () => {
    const made = createAgent({ model: server.model([]) });
    const chain = server.model([]).pipe(new StringOutputParser());
    const find: HandoffTool = {
      name: 'find',
      description: 'Finds.',
      inputSchema: { type: 'object' },
      execute: () => ({ output: 'Nothing' }),
    };
    for (const given of [made, made.graph, chain]) {
      for (const options of [
        { canTransferTo: ['billing'] },
        { canDelegateTo: ['billing'] },
        { canEscalateTo: ['lead'] },
        { tools: [find] },
      ]) {
        const [name = ''] = Object.keys(options);
        expect(() => fromLangChain(given, { id: 'subject', ...options })).toThrow(
          expect.objectContaining({
            code: 'INVALID_CONFIGURATION',
            message: expect.stringContaining(name),
          }),
        );
      }
      // Closed paths need no tools, and what makes the runnable itself knows what it leaves out.
      fromLangChain(given, { id: 'subject', canTransferTo: [], tools: [] });
      fromLangChain(() => given, { id: 'subject', canTransferTo: ['billing'] });
    }
  });

  test('what was said before reaches the provider: pictures as such, tool calls in words', async () => {
    const model = server.model([{ content: 'Shelf 3.' }]);
    const keyMessages = [
      message.user([
        { type: 'text', content: 'What is this?' },
        { type: 'blob', modality: 'image', mimeType: 'image/png', content: 'AQL/' },
        { type: 'uri', modality: 'audio', uri: 'https://a.example/b.wav' },
      ]),
      {
        ...message.assistant([
          { type: 'tool_call', id: 'c1', name: 'look_up', arguments: { id: 7 } },
        ]),
        name: 'Stock Keeper',
      },
      message.tool('c1', 'On shelf 3'),
    ];
    await fromLangChain(model, { id: 'subject' }).receiveHandoff({ ...context(), keyMessages });
    const [body] = server.bodies(model);
    expect(JSON.stringify(body)).toContain('data:image/png;base64,AQL/');
    expect(JSON.stringify(body)).toContain('[audio at https://a.example/b.wav]');
    expect(body?.messages.map(({ role }) => role)).not.toContain('tool');
    expect(JSON.stringify(body)).toContain('[The tool answered: On shelf 3]');
    // Providers refuse a name with a space.
    expect(body?.messages.find(({ role }) => role === 'assistant')).toMatchObject({
      name: 'Stock_Keeper',
    });
  });
});

describe('langchainModel', () => {
  const find: HandoffTool = {
    name: 'find',
    description: 'Finds.',
    inputSchema: { type: 'object' },
    execute: () => ({ output: 'Nothing' }),
  };

  test('a picture that a tool answered reaches the provider as a picture, behind all answers', async () => {
    const data = 'aGVsbG8=';
    const pictures = {
      "LangChain's": { type: 'image', mimeType: 'image/png', data },
      "OpenAI's": { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
      "Anthropic's": { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
    };
    for (const [whose, picture] of Object.entries(pictures)) {
      const shot = [{ type: 'text', text: 'The shelf:' }, picture];
      const keyMessages = [
        message.user('Look at shelf 3'),
        message.assistant([
          { type: 'tool_call', id: 's1', name: 'shoot', arguments: {} },
          { type: 'tool_call', id: 's2', name: 'count', arguments: {} },
        ]),
        ...fromLangChainMessages([new ToolMessage({ content: shot, tool_call_id: 's1' })]),
        message.tool('s2', { lamps: 2 }),
      ];
      const tools = [
        {
          name: 'shoot',
          description: '',
          inputSchema: { type: 'object' },
          execute: async () => ({ output: '' }),
        },
      ];
      for (const offered of [[], tools]) {
        const model = server.model([{ content: 'Two lamps.' }]);
        const agent = fromLangChain(model, { id: 'subject' });
        await agent.receiveHandoff({ ...context(), keyMessages }, { tools: offered });
        const { messages = [] } = server.bodies(model)[0] ?? {};
        const at = messages.findLastIndex(({ content }) => JSON.stringify(content).includes(data));
        expect(messages[at], whose).toMatchObject({
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }],
        });
        expect(JSON.stringify(messages).split(data), whose).toHaveLength(2);
        expect(JSON.stringify(messages[at - 2])).toContain('The shelf:');
        expect(JSON.stringify(messages[at - 1])).toContain('lamps');
      }
    }
  });

  test('what is no number of tokens counts nothing', async () => {
    const usage_metadata = { input_tokens: Number.NaN, output_tokens: 4, total_tokens: Number.NaN };
    const odd = RunnableLambda.from(() =>
      Object.assign(new AIMessage('Shelf 3.'), { usage_metadata }),
    );
    const manager = createHandoffManager({ agents: [fromLangChain(odd, { id: 'subject' })] });
    expect(await manager.executeHandoff({ target: 'subject', task: 'Where?' })).toMatchObject({
      status: 'completed',
      usage: { inputTokens: 0, outputTokens: 4, totalTokens: 4 },
    });
  });

  describe('a model that refuses, without a text', () => {
    const refusal = 'I can not help with that.';
    const refusing = createServer((request, response) => {
      request.resume();
      const content = [{ type: 'refusal', refusal }];
      const said = {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content,
      };
      const answer = {
        id: 'resp_1',
        object: 'response',
        status: 'completed',
        model: 'm',
        output: [said],
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    beforeAll(() => new Promise<void>((resolve) => void refusing.listen(0, '127.0.0.1', resolve)));
    afterAll(() => void refusing.close());
    const model = () => {
      const baseURL = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/v1`;
      const client = { apiKey: 'none', maxRetries: 0, configuration: { baseURL } };
      return new ChatOpenAI({ model: 'm', useResponsesApi: true, ...client });
    };
    const kinds = {
      'a chat model': () => fromLangChain(model(), { id: 'subject' }),
      createAgent: () => fromLangChain(createAgent({ model: model() }), { id: 'subject' }),
    };
    for (const [kind, make] of Object.entries(kinds)) {
      test(`${kind}: the answer is incomplete, and says what was refused`, async () => {
        const manager = createHandoffManager({ agents: [make()] });
        expect(await manager.executeHandoff({ target: 'subject', task: 'Do it' })).toMatchObject({
          status: 'failed',
          error: { code: 'INCOMPLETE', details: { output: refusal } },
        });
      });
    }
  });

  test('stops a model that goes on calling tools', async () => {
    const client = server.model(() => calls(crypto.randomUUID(), ['find', {}]));
    const model = langchainModel(client, { maxSteps: 2 });
    const agent = createHandoffAgent({ id: 'subject', model, tools: [find] });
    expect(await agent.receiveHandoff(context())).toMatchObject({ status: 'incomplete' });
    expect(server.bodies(client)).toHaveLength(2);
  });

  test('refuses a number of steps that is none, and tools for a model that can bind none', async () => {
    const client = server.model([]);
    const refused = expect.objectContaining({ code: 'INVALID_CONFIGURATION' });
    expect(() => langchainModel(client, { maxSteps: 0 })).toThrow(refused);
    const model = langchainModel(client.withRetry());
    const agent = createHandoffAgent({ id: 'subject', model, tools: [find] });
    await expect(agent.receiveHandoff(context())).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
    });
  });
});
