import { createHandoffManager, type Policy } from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import {
  convertToModelMessages,
  jsonSchema,
  type ModelMessage,
  readUIMessageStream,
  streamText,
  tool,
  type UIMessage,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamHandoffs } from '../../src/index.ts';
import { defineAiSdkAgent } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { beginStream, rawServer } from './raw-server.ts';
import { tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const transfer = (id: string, name = 'transfer_to_billing') => ({
  id,
  name,
  arguments: '{"task":"Refund order 7."}',
});
const noInput = jsonSchema<object>({ type: 'object', properties: {} });

export function swapSuite(sdk: Sdk): void {
  describe('streamHandoffs', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());

    const setUp = (policies: readonly Policy[] = [], baseURL = server.baseURL) => {
      const client = sdk.compatible({ baseURL, includeUsage: true });
      const refund = tool({ inputSchema: noInput, execute: async () => 'refunded' });
      const search = tool({ inputSchema: noInput, execute: async () => 'found' });
      const triage = defineAiSdkAgent({
        id: 'triage',
        model: client('small'),
        instructions: 'You are triage.',
        tools: { search },
        canTransferTo: ['billing'],
        canDelegateTo: ['archive'],
      });
      const billing = defineAiSdkAgent({
        id: 'billing',
        model: client('large'),
        instructions: 'You are billing.',
        tools: { refund },
        canTransferTo: ['triage'],
      });
      const archive = scriptedAgent({ id: 'archive', replies: 'Order 7 is a lamp.' });
      const manager = createHandoffManager({ agents: [triage, billing, archive], policies });
      return { manager, agents: [triage, billing], archive };
    };
    const user = (content: string): ModelMessage => ({ role: 'user', content });
    const offered = (request: number) =>
      (server.bodies[request]?.tools as { function: { name: string } }[] | undefined)
        ?.map((each) => each.function.name)
        .sort();
    const settled = async (manager: ReturnType<typeof setUp>['manager']) => {
      await expect
        .poll(async () => (await manager.history()).every(({ status }) => status !== 'running'))
        .toBe(true);
      return manager.history();
    };

    test('an agent without instructions has no system message, first or after one that has them', async () => {
      const model = sdk.compatible({ baseURL: server.baseURL })('my-model');
      const bare = defineAiSdkAgent({ id: 'bare', model, canTransferTo: ['told'] });
      const told = defineAiSdkAgent({
        id: 'told',
        model,
        instructions: 'You are told.',
        canTransferTo: ['bare'],
      });
      server.script([
        { toolCalls: [transfer('c1', 'transfer_to_told')] },
        { toolCalls: [transfer('c2', 'transfer_to_bare')] },
        { content: 'Refunded.' },
      ]);
      const agents = [bare, told];
      const manager = createHandoffManager({ agents });
      const messages = [user('Refund order 7.')];
      const result = streamHandoffs(streamText, { manager, agents, messages });
      expect(await result.text).toBe('Refunded.');
      const first = server.bodies.map(({ messages: [message] }) => message?.content);
      expect(first).toEqual(['Refund order 7.', 'You are told.', 'Refund order 7.']);
    });

    test('one stream: the next step has the model, instructions and tools of the next agent', async () => {
      const { manager, agents } = setUp();
      server.script([
        { content: 'Billing takes over.', toolCalls: [transfer('c1')], ...tokens(10, 4) },
        { toolCalls: [{ id: 'c2', name: 'refund', arguments: '{}' }], ...tokens(20, 5) },
        { content: 'Refunded.', ...tokens(30, 6) },
      ]);
      const finished: string[] = [];
      const clock = tool({ inputSchema: noInput, execute: async () => 'noon' });
      const result = streamHandoffs(streamText, {
        manager,
        agents,
        messages: [user('Refund order 7.')],
        tools: { clock },
        prepareStep: () => {
          finished.push('prepared');
          return undefined;
        },
        onFinish: () => void finished.push('finished'),
      });
      expect(await result.text).toBe('Refunded.');
      expect(finished).toEqual(['prepared', 'prepared', 'prepared', 'finished']);

      const system = server.bodies.map(({ messages }) => messages[0]?.content);
      expect(system).toEqual(['You are triage.', 'You are billing.', 'You are billing.']);
      expect(server.bodies.map(({ model }) => model)).toEqual(['small', 'large', 'large']);
      expect(offered(0)).toEqual(['clock', 'delegate_to_archive', 'search', 'transfer_to_billing']);
      expect(offered(1)).toEqual(['clock', 'refund', 'transfer_to_triage']);
      expect(server.bodies[1]?.messages.at(-1)).toMatchObject({
        role: 'tool',
        content: 'The conversation was transferred to billing.',
      });

      const history = await settled(manager);
      expect(history).toMatchObject([
        {
          sourceAgentId: 'user',
          targetAgentId: 'triage',
          status: 'completed',
          context: { originalTask: 'Refund order 7.' },
          result: { output: 'Billing takes over.', usage: { totalTokens: 14 } },
        },
        {
          sourceAgentId: 'triage',
          targetAgentId: 'billing',
          status: 'completed',
          reason: 'specialization',
          context: { handoffChain: ['triage'] },
          result: { output: 'Refunded.', usage: { totalTokens: 61 } },
        },
      ]);
      expect(new Set(history.map(({ taskId }) => taskId)).size).toBe(1);
      expect((await manager.verify(history[0]?.taskId ?? '')).problems).toEqual([]);
    });

    test('the next turn begins with the agent that has the conversation, through useChat and JSON', async () => {
      const { manager, agents } = setUp();
      server.script([
        { toolCalls: [transfer('c1')] },
        { content: 'Which order?' },
        { content: 'Refunded.' },
      ]);
      const question: UIMessage = {
        id: 'm1',
        role: 'user',
        parts: [{ type: 'text', text: 'Refund my order.' }],
      };
      const first = streamHandoffs(streamText, {
        manager,
        agents,
        messages: await convertToModelMessages([question]),
      });
      let answer: UIMessage | undefined;
      for await (const message of readUIMessageStream({ stream: first.toUIMessageStream() })) {
        answer = message;
      }
      const kept = JSON.parse(JSON.stringify([question, answer])) as UIMessage[];
      const messages = [...(await convertToModelMessages(kept)), user('Order 7.')];
      const second = streamHandoffs(streamText, { manager, agents, messages });
      expect(await second.text).toBe('Refunded.');
      const last = server.bodies.at(-1);
      expect(last?.model).toBe('large');
      expect(last?.messages[0]?.content).toBe('You are billing.');
      // What the model is told of the transfer is a sentence, not the record of it.
      expect(last?.messages.find(({ role }) => role === 'tool')?.content).toBe(
        'The conversation was transferred to billing.',
      );
      expect((await settled(manager)).at(-1)).toMatchObject({
        sourceAgentId: 'user',
        targetAgentId: 'billing',
        context: { originalTask: 'Order 7.', handoffChain: [] },
      });
    });

    test('a refused transfer is told to the model, and the agent goes on', async () => {
      const { manager, agents } = setUp([
        {
          name: 'closed',
          decide: ({ context }) =>
            context.targetAgentId === 'billing' ? { deny: 'closed on Sundays' } : 'permit',
        },
      ]);
      server.script([{ toolCalls: [transfer('c1')] }, { content: 'Billing is closed.' }]);
      const result = streamHandoffs(streamText, { manager, agents, messages: [user('Refund.')] });
      expect(await result.text).toBe('Billing is closed.');
      expect(server.bodies.map(({ model }) => model)).toEqual(['small', 'small']);
      expect(JSON.stringify(server.bodies[1]?.messages)).toContain('closed on Sundays');
      expect((await settled(manager)).map(({ status }) => status)).toEqual([
        'completed',
        'rejected',
      ]);
    });

    test('of two transfers in one step one is accepted; back and forth is bounded by the manager', async () => {
      const { manager, agents } = setUp();
      server.answer(({ model, messages }) => {
        const id = `c${messages.length}`;
        return model === 'small'
          ? { toolCalls: [transfer(`${id}a`), transfer(`${id}b`)] }
          : { toolCalls: [transfer(id, 'transfer_to_triage')] };
      });
      const result = streamHandoffs(streamText, { manager, agents, messages: [user('Refund.')] });
      await result.consumeStream();
      const steps = await result.steps;
      expect(steps).toHaveLength(20);
      const [first] = steps;
      expect(
        first?.toolResults.map(({ output }) => (output as { status: string }).status).sort(),
      ).toEqual(['accepted', 'rejected']);
      const history = await settled(manager);
      expect(history.filter(({ status }) => status === 'completed').length).toBeLessThan(7);
      expect(history.at(-1)?.status).toMatch(/rejected|failed/);
    });

    test('an agent runs neither the tools of another nor those outside its scope', async () => {
      const ran: string[] = [];
      const named = (name: string) =>
        tool({ inputSchema: noInput, execute: async () => ran.push(name) });
      const model = sdk.compatible({ baseURL: server.baseURL })('small');
      const [look, pay, erase, clock] = ['look', 'pay', 'erase', 'clock'].map(named);
      if (!look || !pay || !erase || !clock) throw new Error('no tools');
      const triage = defineAiSdkAgent({
        id: 'triage',
        model,
        tools: { look, pay },
        scope: ['look'],
      });
      const other = defineAiSdkAgent({ id: 'other', model, tools: { erase } });
      const manager = createHandoffManager({ agents: [triage, other] });
      const names = ['look', 'pay', 'erase', 'clock'];
      server.script([
        { toolCalls: names.map((name) => ({ id: name, name, arguments: '{}' })) },
        { content: 'Done.' },
      ]);
      const result = streamHandoffs(streamText, {
        manager,
        agents: [triage, other],
        messages: [user('Go.')],
        tools: { clock },
      });
      expect(await result.text).toBe('Done.');
      expect(ran).toEqual(['look']);
      expect(offered(0)).toEqual(['look']);
    });

    test('prepareStep leaves an agent fewer tools, and never others', async () => {
      const { manager, agents } = setUp();
      server.script([
        { toolCalls: [{ id: 'c1', name: 'search', arguments: '{}' }, transfer('c2')] },
        { content: 'Done.' },
        { content: 'Never asked for.' },
      ]);
      const active = [['transfer_to_nobody', 'refund', 'delegate_to_archive'], undefined];
      const result = streamHandoffs(streamText, {
        manager,
        agents,
        messages: [user('Go.')],
        prepareStep: ({ steps }: { steps: readonly unknown[] }) => ({
          activeTools: active[steps.length],
        }),
      });
      expect(await result.text).toBe('Done.');
      expect(offered(0)).toEqual(['delegate_to_archive']);
      expect(offered(1)).toEqual(['delegate_to_archive', 'search', 'transfer_to_billing']);
      // What was not offered is not run where the model calls it all the same.
      expect((await settled(manager)).map(({ targetAgentId }) => targetAgentId)).toEqual([
        'triage',
      ]);
    });

    test('a tool that must be called must be by whoever is offered it', async () => {
      const named = { type: 'tool', toolName: 'transfer_to_back' } as const;
      for (const toolChoice of [named, 'required'] as const) {
        const client = sdk.compatible({ baseURL: server.baseURL });
        const agents = [
          defineAiSdkAgent({ id: 'front', model: client('small'), canTransferTo: ['back'] }),
          defineAiSdkAgent({ id: 'back', model: client('large') }),
        ];
        const manager = createHandoffManager({ agents });
        server.script([
          { toolCalls: [transfer('c1', 'transfer_to_back')] },
          { content: 'Refunded.' },
        ]);
        const result = streamHandoffs(streamText, {
          manager,
          agents,
          messages: [user('Refund.')],
          toolChoice,
        });
        expect(await result.text).toBe('Refunded.');
        expect(server.bodies[0]?.tool_choice).toEqual(
          toolChoice === named
            ? { type: 'function', function: { name: 'transfer_to_back' } }
            : 'required',
        );
        await expect
          .poll(async () => (await manager.history()).map(({ status }) => status))
          .toEqual(['completed', 'completed']);
      }
    });

    test('work that an agent of the response delegates is part of its task', async () => {
      const { manager, agents, archive } = setUp();
      server.script([
        { toolCalls: [transfer('c1', 'delegate_to_archive')] },
        { content: 'It is a lamp.' },
      ]);
      const result = streamHandoffs(streamText, { manager, agents, messages: [user('What?')] });
      expect(await result.text).toBe('It is a lamp.');
      const history = await settled(manager);
      expect(history).toMatchObject([
        { targetAgentId: 'triage' },
        {
          sourceAgentId: 'triage',
          targetAgentId: 'archive',
          context: { handoffChain: ['triage'] },
        },
      ]);
      expect(history[1]?.context.parentIds).toEqual([history[0]?.handoffId]);
      expect(archive.received).toHaveLength(1);
    });

    test('a tool that a page runs is a question to the user: its result begins the next response', async () => {
      const model = sdk.compatible({ baseURL: server.baseURL, includeUsage: true })('small');
      const locate = tool({ inputSchema: noInput, outputSchema: noInput });
      const guide = defineAiSdkAgent({ id: 'guide', model, tools: { locate } });
      const manager = createHandoffManager({ agents: [guide] });
      const call = { type: 'tool-call', toolCallId: 'c1', toolName: 'locate', input: {} } as const;
      const { type: _, input: __, ...called } = call;
      const output = { type: 'json', value: { city: 'Bonn' } } as const;
      const asked = [user('Where am I?')];
      const answered: ModelMessage[] = [
        ...asked,
        { role: 'assistant', content: [call] },
        { role: 'tool', content: [{ type: 'tool-result', ...called, output }] },
      ];
      server.script([
        { toolCalls: [{ id: 'c1', name: 'locate', arguments: '{}' }] },
        { content: 'In Bonn.' },
      ]);
      for (const messages of [asked, answered]) {
        await streamHandoffs(streamText, { manager, agents: [guide], messages }).consumeStream();
      }
      expect(server.bodies[1]?.messages.at(-1)).toMatchObject({ content: '{"city":"Bonn"}' });
      const history = await manager.history();
      expect(history.map(({ status }) => status)).toEqual(['completed', 'completed']);
      expect(history[0]?.result?.messages?.flatMap(({ parts }) => parts)).toMatchObject([
        { type: 'tool_call', id: 'c1', name: 'locate' },
      ]);
    });

    test('an abort, a failure and a cancelled handoff end both the response and the handoff', async () => {
      await using hanging = await rawServer((response) => beginStream(response, 'It is'));
      const { manager, agents } = setUp([], hanging.baseURL);
      const abort = new AbortController();
      const aborted = streamHandoffs(streamText, {
        manager,
        agents,
        messages: [user('Refund.')],
        abortSignal: abort.signal,
      });
      const reading = aborted.consumeStream();
      await expect.poll(async () => (await manager.history())[0]?.status).toBe('running');
      abort.abort();
      await reading;
      expect(await settled(manager)).toMatchObject([{ status: 'cancelled' }]);

      const cancelled = streamHandoffs(streamText, { manager, agents, messages: [user('Again.')] });
      const readingOn = cancelled.consumeStream();
      await expect.poll(async () => (await manager.history())[1]?.status).toBe('running');
      await manager.cancel((await manager.history())[1]?.handoffId ?? '');
      await readingOn;
      await hanging.clientLeft;

      const broken = setUp();
      server.script([{ status: 401, error: { message: 'Wrong key.' } }]);
      const heard: unknown[] = [];
      const failed = streamHandoffs(streamText, {
        ...broken,
        messages: [user('Refund.')],
        onError: ({ error }: { error: unknown }) => void heard.push(error),
      });
      await failed.consumeStream();
      expect(heard).toHaveLength(1);
      expect(await settled(broken.manager)).toMatchObject([
        { status: 'failed', result: { error: { code: 'AGENT_FAILED', message: /Wrong key/ } } },
      ]);
    });

    test('a preview that was left behind by a turn that broke off is told as that, not as an answer', async () => {
      const { manager, agents } = setUp();
      server.script([{ content: 'Once more, then.' }]);
      const kept: UIMessage[] = [
        { id: 'm1', role: 'user', parts: [{ type: 'text', text: 'What is order 7?' }] },
        {
          id: 'm2',
          role: 'assistant',
          parts: [
            { type: 'step-start' },
            {
              type: 'tool-delegate_to_archive',
              toolCallId: 'c1',
              state: 'output-available',
              preliminary: true,
              input: { task: 'What is order 7?' },
              output: {
                status: 'working',
                sourceAgentId: 'triage',
                targetAgentId: 'archive',
                reason: 'delegation',
                text: 'Order 7 is not a',
              },
            },
          ],
        },
        { id: 'm3', role: 'user', parts: [{ type: 'text', text: 'Well?' }] },
      ];
      const messages = await convertToModelMessages(kept);
      await streamHandoffs(streamText, { manager, agents, messages }).consumeStream();
      expect(server.bodies[0]?.messages.find(({ role }) => role === 'tool')?.content).toBe(
        'archive was stopped before it answered.',
      );
    });

    test('a tool of the application whose name is like that of a transfer moves nothing', async () => {
      const { manager, agents } = setUp();
      server.script([{ content: 'You are welcome.' }]);
      const used = (id: string, toolName: string, value: string): ModelMessage[] => [
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId: id, toolName, input: {} }],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: id, toolName, output: { type: 'text', value } },
          ],
        },
      ];
      const messages = [
        user('Refund.'),
        // As an agent of another framework says it.
        ...used('c1', 'transfer_to_billing', 'Transferred to billing.'),
        ...used('c2', 'transfer_to_savings', '40 euros.'),
        user('Thanks.'),
      ];
      await streamHandoffs(streamText, { manager, agents, messages }).consumeStream();
      expect(server.bodies[0]?.model).toBe('large');
    });

    test('agents that do not fit together, and two tools of one name, are refused', () => {
      const { manager, agents } = setUp();
      const [triage] = setUp().agents;
      const messages = [user('Hello')];
      if (!triage) throw new Error('no agent');
      expect(() => streamHandoffs(streamText, { manager, agents: [triage], messages })).toThrow(
        /another one/,
      );
      const model = sdk.compatible({ baseURL: server.baseURL })('small');
      const stranger = defineAiSdkAgent({ id: 'stranger', model });
      expect(() => streamHandoffs(streamText, { manager, agents: [stranger], messages })).toThrow(
        'The manager has no agent "stranger"; it has triage, billing, archive.',
      );
      expect(() =>
        streamHandoffs(streamText, { manager, agents, entry: 'archive', messages }),
      ).toThrow('no agent "archive" to begin with; the response has triage, billing.');
      expect(() => streamHandoffs(streamText, { manager, agents: [], messages })).toThrow(/none/);
      const refund = tool({ inputSchema: noInput, execute: async () => 'twice' });
      expect(() =>
        streamHandoffs(streamText, { manager, agents, messages, tools: { refund } }),
      ).toThrow(/"refund"/);
    });
  });
}
