import {
  type AgentEvent,
  type AgentReport,
  createHandoffContext,
  createHandoffManager,
  type HandoffAgent,
  type HandoffError,
  type HandoffTool,
  message,
  type ReceiveOptions,
  unwrap,
} from '@agent-handoff/core';
import { jsonSchema, Output, stepCountIs, ToolLoopAgent, type ToolSet, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromAiSdk } from '../../src/index.ts';
import { defineAiSdkAgent } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { rawServer } from './raw-server.ts';
import { recordingTool, tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const context = createHandoffContext({
  sourceAgentId: 'triage',
  targetAgentId: 'warehouse',
  originalTask: 'Where is order 7?',
});

/** The agent's own tool. */
const lookUp = tool({
  description: 'Looks an order up.',
  inputSchema: jsonSchema<{ id: string }>({ type: 'object', properties: { id: {} } }),
  execute: async ({ id }) => ({ id, shelf: 3 }),
});
const call = (id: string, name: string) => ({ id, name, arguments: '{"id":"7"}' });

/** The report without the ids that the AI SDK draws for approvals. */
const withoutRandom = (report: AgentReport): unknown =>
  JSON.parse(JSON.stringify(report).replaceAll(/"approvalId":"[^"]+"/g, '"approvalId":"drawn"'));

export function receiveSuite(sdk: Sdk): void {
  describe('fromAiSdk', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const model = () => sdk.compatible({ baseURL: server.baseURL, includeUsage: true })('small');

    /** What comes of it whole, checked to be the same when streamed. */
    async function received(
      agent: HandoffAgent,
      script: Parameters<ModelServer['script']>[0],
      options: ReceiveOptions = {},
    ): Promise<AgentReport> {
      const receive = (more: ReceiveOptions = {}) => {
        server.script(script, { chunkSize: 4 });
        return agent.receiveHandoff(context, { ...options, ...more });
      };
      const deltas: string[] = [];
      const streamed = await receive({
        onEvent: (event: AgentEvent) => {
          if (event.type === 'output-delta') deltas.push(event.delta);
        },
      });
      expect(server.bodies.every(({ stream }) => stream === true)).toBe(true);
      const whole = await receive();
      expect(withoutRandom(streamed)).toEqual(withoutRandom(whole));
      const texts = (whole.messages ?? []).flatMap(({ parts }) =>
        parts.flatMap((part) => (part.type === 'text' ? part.content : [])),
      );
      expect(deltas.join('')).toBe(texts.join(''));
      return whole;
    }

    test('reports text, messages and the usage of all steps, the same by generate and stream', async () => {
      const agent = fromAiSdk(
        new ToolLoopAgent({ model: model(), instructions: 'You find orders.', tools: { lookUp } }),
        { id: 'warehouse' },
      );
      const report = await received(agent, [
        { content: 'Looking.', toolCalls: [call('c1', 'lookUp')], ...tokens(10, 4) },
        { toolCalls: [call('c2', 'lookUp')], ...tokens(20, 5) },
        { content: 'On shelf 3.', ...tokens(30, 6) },
      ]);
      expect(report).toEqual({
        status: 'completed',
        output: 'On shelf 3.',
        usage: { inputTokens: 60, outputTokens: 15, totalTokens: 75 },
        messages: [
          message.assistant([
            { type: 'text', content: 'Looking.' },
            { type: 'tool_call', id: 'c1', name: 'lookUp', arguments: { id: '7' } },
          ]),
          message.tool('c1', { id: '7', shelf: 3 }),
          message.assistant([
            { type: 'tool_call', id: 'c2', name: 'lookUp', arguments: { id: '7' } },
          ]),
          message.tool('c2', { id: '7', shelf: 3 }),
          message.assistant('On shelf 3.'),
        ],
      });
      expect(server.bodies[0]?.messages[0]).toEqual({
        role: 'system',
        content: 'You find orders.',
      });
    });

    test('data is what its own output specification makes of the answer, in the type of dataSchema', async () => {
      const dataSchema = z.object({ shelf: z.number() });
      const strict = sdk.compatible({
        baseURL: server.baseURL,
        includeUsage: true,
        supportsStructuredOutputs: true,
      });
      const agent = fromAiSdk(
        new ToolLoopAgent({
          model: strict('small'),
          output: Output.object({ schema: dataSchema }),
        }),
        { id: 'warehouse', dataSchema },
      );
      const report = await received(agent, [{ content: '{"shelf":3}', ...tokens(5, 5) }]);
      expect(report).toMatchObject({ status: 'completed', data: { shelf: 3 } });

      const choice = fromAiSdk(
        new ToolLoopAgent({
          model: strict('small'),
          output: Output.choice({ options: ['left', 'right'] }),
        }),
        { id: 'warehouse', dataSchema: z.enum(['left', 'right']) },
      );
      const chosen = await received(choice, [{ content: '{"result":"left"}', ...tokens(5, 5) }]);
      expect(chosen.data).toBe('left');

      // Without an output specification the text is read.
      const plain = fromAiSdk(new ToolLoopAgent({ model: model() }), {
        id: 'warehouse',
        dataSchema,
      });
      expect((await received(plain, [{ content: '{"shelf":4}' }])).data).toEqual({ shelf: 4 });
    });

    test('an answer that its output specification refuses is INVALID_OUTPUT, with what it consumed', async () => {
      const dataSchema = z.object({ shelf: z.number() });
      const agent = fromAiSdk(
        new ToolLoopAgent({ model: model(), output: Output.object({ schema: dataSchema }) }),
        { id: 'warehouse', dataSchema },
      );
      for (const options of [{}, { onEvent: () => {} }]) {
        server.script([{ content: 'Shelf three.', ...tokens(5, 3) }]);
        await expect(agent.receiveHandoff(context, options)).rejects.toMatchObject({
          code: 'INVALID_OUTPUT',
          details: { usage: { totalTokens: 8 } },
        });
      }
    });

    test('is incomplete at its step limit and where the answer was cut off', async () => {
      const agent = fromAiSdk(
        new ToolLoopAgent({ model: model(), tools: { lookUp }, stopWhen: stepCountIs(2) }),
        { id: 'warehouse' },
      );
      const limited = await received(agent, [
        { toolCalls: [call('c1', 'lookUp')] },
        { toolCalls: [call('c2', 'lookUp')] },
      ]);
      expect(limited).toMatchObject({ status: 'incomplete', output: '' });
      expect(limited.messages?.map(({ role }) => role)).toEqual([
        'assistant',
        'tool',
        'assistant',
        'tool',
      ]);
      const cut = await received(agent, [{ content: 'On sh', finishReason: 'length' }]);
      expect(cut).toMatchObject({ status: 'incomplete', output: 'On sh' });
    });

    test('awaits approval where a call of its own waits for a person, and leaves the call open', async () => {
      let runs = 0;
      const refund = tool({
        inputSchema: jsonSchema<object>({ type: 'object' }),
        needsApproval: true,
        execute: async () => ++runs,
      });
      const agent = fromAiSdk(new ToolLoopAgent({ model: model(), tools: { refund, lookUp } }), {
        id: 'warehouse',
      });
      const report = await received(agent, [
        { toolCalls: [call('c1', 'lookUp'), call('c2', 'refund')], ...tokens(5, 5) },
      ]);
      expect(report).toMatchObject({ status: 'awaiting-approval', output: '' });
      expect(report.messages?.map(({ parts }) => parts.map((part) => part.type))).toEqual([
        ['tool_call', 'tool_call'],
        ['tool_call_response'],
      ]);
      expect(runs).toBe(0);
    });

    test('a transfer that is accepted ends the run in its step; usage and messages are there', async () => {
      const transfer = recordingTool('transfer_to_billing', () => ({
        output: 'The conversation was transferred to billing.',
        endsTurn: true,
      }));
      const agent = fromAiSdk(
        ({ tools }) => new ToolLoopAgent({ model: model(), tools: { lookUp, ...tools } }),
        { id: 'warehouse', canTransferTo: ['billing'] },
      );
      const report = await received(
        agent,
        [
          { toolCalls: [call('c1', 'lookUp')], ...tokens(10, 4) },
          {
            content: 'Billing takes over.',
            toolCalls: [call('c2', 'transfer_to_billing'), call('c3', 'lookUp')],
            ...tokens(20, 5),
          },
          { content: 'Never asked for.' },
        ],
        { tools: [transfer] },
      );
      expect(server.bodies).toHaveLength(2);
      expect(report).toMatchObject({
        status: 'completed',
        output: 'Billing takes over.',
        usage: { totalTokens: 39 },
      });
      expect(report.messages).toHaveLength(4);
      expect(transfer.runs).toHaveLength(2);
      expect(server.bodies[0]?.tools).toMatchObject([
        { function: { name: 'lookUp' } },
        { function: { name: 'transfer_to_billing', parameters: transfer.inputSchema } },
      ]);
    });

    test('a failure tells what the steps before it consumed', async () => {
      const agent = fromAiSdk(
        new ToolLoopAgent({ model: model(), tools: { lookUp }, maxRetries: 0 }),
        { id: 'warehouse' },
      );
      server.script([
        { toolCalls: [call('c1', 'lookUp')], ...tokens(10, 4) },
        { status: 401, error: { message: 'Wrong key.' } },
      ]);
      const error = (await agent.receiveHandoff(context).catch((thrown) => thrown)) as HandoffError;
      expect(error).toMatchObject({
        code: 'AGENT_FAILED',
        message: 'The agent "warehouse" failed with HTTP 401: Wrong key.',
        retryable: false,
        details: { agentId: 'warehouse', usage: { totalTokens: 14 } },
      });
    });

    test('records what its tools answered as the model was told it, whatever they return', async () => {
      const answers = {
        order: { id: 7, at: new Date(0), note: undefined },
        weight: { grams: Number.NaN, serial: 2 ** 60 },
        cut: 'Smile \u{1f600}'.slice(0, 7),
        told: { secret: 1 },
      };
      const own = (output: unknown) =>
        tool({
          inputSchema: z.object({ id: z.string().transform(Number) }),
          execute: async () => output,
        });
      const agent = fromAiSdk(
        new ToolLoopAgent({
          model: model(),
          tools: {
            order: own(answers.order),
            weight: own(answers.weight),
            cut: own(answers.cut),
            told: {
              ...own(answers.told),
              toModelOutput: () => ({ type: 'text' as const, value: 'Done.' }),
            },
          },
        }),
        { id: 'warehouse' },
      );
      const manager = createHandoffManager({ agents: [agent] });
      server.script([
        { toolCalls: Object.keys(answers).map((name) => call(name, name)) },
        { content: 'On shelf 3.' },
      ]);
      const result = await manager.executeHandoff({ target: 'warehouse', task: 'Find it.' });
      expect(unwrap(result).messages[1]?.parts).toMatchObject([
        { id: 'order', response: { id: 7, at: '1970-01-01T00:00:00.000Z' } },
        { id: 'weight', response: { grams: null, serial: '1152921504606847000' } },
        { id: 'cut', response: 'Smile \ufffd' },
        { id: 'told', response: 'Done.' },
      ]);
      expect(server.bodies[1]?.messages.at(-1)?.content).toBe('Done.');
    });

    test('an abort rejects with its reason and closes the socket', async () => {
      const abort = new AbortController();
      await using hanging = await rawServer(() => abort.abort());
      const slow = sdk.compatible({ baseURL: hanging.baseURL })('small');
      const running = fromAiSdk(new ToolLoopAgent({ model: slow }), {
        id: 'warehouse',
      }).receiveHandoff(context, { signal: abort.signal });
      const thrown: unknown = await running.catch((error: unknown) => error);
      expect(thrown).toBe(abort.signal.reason);
      await hanging.clientLeft;
    });

    test('opens no link that a transcript holds', async () => {
      let opened = 0;
      await using files = await rawServer((response) => {
        opened += 1;
        response.end('secret');
      });
      const agent = fromAiSdk(new ToolLoopAgent({ model: model() }), { id: 'warehouse' });
      const uri = `${files.baseURL}/secret.txt`;
      const linked = createHandoffContext({
        ...context,
        keyMessages: [
          message.user([{ type: 'uri', modality: 'document', mimeType: 'text/plain', uri }]),
        ],
      });
      server.script([{ content: 'Seen.' }]);
      await agent.receiveHandoff(linked).catch(() => {});
      expect(opened).toBe(0);
    });

    test('an agent that hands work on is a function; one that is made once is refused', () => {
      const agent = new ToolLoopAgent({ model: model() });
      expect(() => fromAiSdk(agent, { id: 'triage', canDelegateTo: ['billing'] })).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIGURATION' }),
      );
      const triage = fromAiSdk(() => agent, { name: 'First Line', canDelegateTo: ['billing'] });
      expect(triage).toMatchObject({ id: 'first-line', canDelegateTo: ['billing'] });
      expect(triage.withModel).toBeUndefined();
    });

    test.each([
      ['systemPrompt', 'You sort.'],
      ['tools', []],
    ])('refuses %s, which an agent of the AI SDK brings itself', (option, value) => {
      const model = sdk.compatible({ baseURL: server.baseURL })('my-model');
      const refusal = expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining(`Nothing reads ${option} of agent "billing"`),
      });
      const options = { id: 'billing', [option]: value };
      expect(() => fromAiSdk(new ToolLoopAgent({ model }), options as never)).toThrow(refusal);
      if (option === 'tools') return;
      expect(() => defineAiSdkAgent({ model, ...options } as never)).toThrow(
        `defineAiSdkAgent has no option "${option}"`,
      );
    });

    test('refuses a model, and what else is no agent', () => {
      const model = sdk.compatible({ baseURL: server.baseURL })('my-model');
      for (const given of [model, undefined]) {
        expect(() => fromAiSdk(given as never, { id: 'billing' })).toThrow(
          expect.objectContaining({
            code: 'INVALID_CONFIGURATION',
            message: expect.stringContaining('pass a ToolLoopAgent'),
          }),
        );
      }
    });

    test('tools outside the scope are not offered, and not run where the model calls them all the same', async () => {
      const ran: string[] = [];
      const own = (name: string) =>
        tool({
          inputSchema: jsonSchema<object>({ type: 'object', properties: {} }),
          execute: async () => ran.push(name),
        });
      const tools = { look: own('look'), pay: own('pay'), erase: own('erase') };
      const sources = [
        new ToolLoopAgent({ model: model(), tools }),
        (binding: { tools: ToolSet }) =>
          new ToolLoopAgent({ model: model(), tools: { ...tools, ...binding.tools } }),
      ];
      const delegate = recordingTool('delegate_to_lead', () => ({ output: 'Yes.' }));
      for (const source of sources) {
        ran.length = 0;
        const agent = fromAiSdk(source, { id: 'warehouse', scope: ['look', 'pay'] });
        server.script([
          { toolCalls: ['look', 'pay', 'erase'].map((name) => call(name, name)) },
          { content: 'Done.' },
        ]);
        const narrow = createHandoffContext({ ...context, scope: ['look', 'erase'] });
        const given = typeof source === 'function' ? [delegate] : [];
        expect((await agent.receiveHandoff(narrow, { tools: given })).output).toBe('Done.');
        expect(ran).toEqual(['look']);
        const offered = server.bodies[0]?.tools as { function: { name: string } }[];
        expect(offered.map((each) => each.function.name)).toEqual([
          'look',
          ...given.map(({ name }) => name),
        ]);
      }
    });

    test('every run gets the tools of its own', async () => {
      const agent = fromAiSdk(({ tools }) => new ToolLoopAgent({ model: model(), tools }), {
        id: 'warehouse',
      });
      server.answer(({ messages, tools }) => {
        const [offered] = tools as { function: { name: string } }[];
        const name = offered?.function.name ?? '';
        return messages.some(({ role }) => role === 'tool')
          ? { content: name }
          : { toolCalls: [call('c1', name)] };
      });
      const tools = Array.from({ length: 20 }, (_, i): HandoffTool & { runs: unknown[] } =>
        recordingTool(`delegate_to_${i}`, () => ({ output: i })),
      );
      const reports = await Promise.all(
        tools.map((each) => agent.receiveHandoff(context, { tools: [each] })),
      );
      expect(reports.map(({ output }) => output)).toEqual(tools.map(({ name }) => name));
      expect(tools.map(({ runs }) => runs.length)).toEqual(tools.map(() => 1));
    });
  });
}
