import { AsyncLocalStorage } from 'node:async_hooks';
import {
  createHandoffAgent,
  createHandoffManager,
  type HandoffAgent,
  message,
} from '@agent-handoff/core';
import { manualClock, scriptedAgent, untilAborted } from '@agent-handoff/testing';
import {
  createUIMessageStream,
  generateText,
  jsonSchema,
  readUIMessageStream,
  stepCountIs,
  streamText,
  ToolLoopAgent,
  type ToolSet,
  tool,
  type UIMessage,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  acceptedTransfer,
  continueTransfer,
  delegateTool,
  fromAiSdk,
  type HandoffUpdate,
  toHandoffUIStream,
  transferTool,
} from '../../src/index.ts';
import { ModelServer } from '../model-server.ts';
import { tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const call = (id: string, name: string, input: object = { task: 'Refund order 7.' }) => ({
  id,
  name,
  arguments: JSON.stringify(input),
});

export function toolsSuite(sdk: Sdk): void {
  describe('handoff tools', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const model = () => sdk.compatible({ baseURL: server.baseURL, includeUsage: true })('small');
    const toolMessages = () =>
      server.bodies
        .at(-1)
        ?.messages.filter(({ role }) => role === 'tool')
        .map(({ content }) => content);

    test('delegateTool: a target of any framework answers, and the model sees its text only', async () => {
      const billing = scriptedAgent({
        id: 'billing',
        replies: [{ status: 'completed', output: 'Refunded 40 euros.', data: { euros: 40 } }],
      });
      const manager = createHandoffManager({
        agents: [scriptedAgent({ id: 'triage', replies: [] }), billing],
      });
      server.script([
        { toolCalls: [call('c1', 'ask_billing')], ...tokens(10, 4) },
        { content: 'Done: 40 euros.', ...tokens(20, 5) },
      ]);
      const { text, steps } = await generateText({
        model: model(),
        prompt: 'Refund order 7.',
        tools: { ask_billing: delegateTool({ manager, source: 'triage', target: 'billing' }) },
        stopWhen: stepCountIs(5),
      });
      expect(text).toBe('Done: 40 euros.');
      expect(toolMessages()).toEqual(['Refunded 40 euros.']);
      const [entry] = await manager.history();
      if (!entry) throw new Error('nothing was recorded');
      expect(entry).toMatchObject({
        sourceAgentId: 'triage',
        targetAgentId: 'billing',
        reason: 'delegation',
        status: 'completed',
        context: { originalTask: 'Refund order 7.' },
      });
      expect(steps[0]?.toolResults[0]?.output).toEqual({
        status: 'completed',
        sourceAgentId: 'triage',
        targetAgentId: 'billing',
        reason: 'delegation',
        taskId: entry.taskId,
        handoffId: entry.handoffId,
        text: 'Refunded 40 euros.',
        data: { euros: 40 },
      } satisfies HandoffUpdate);
      expect(server.bodies[0]?.tools).toMatchObject([
        {
          function: {
            name: 'ask_billing',
            parameters: { properties: { task: { type: 'string' } }, required: ['task'] },
          },
        },
      ]);
    });

    test('delegateTool: previews are throttled by the clock, bounded, and end with the answer', async () => {
      const clock = manualClock();
      const words = Array.from({ length: 100 }, (_, i) => `word-${i} `);
      const writer: HandoffAgent = {
        id: 'writer',
        name: 'Writer',
        async receiveHandoff(_context, { onEvent } = {}) {
          for (const delta of words) {
            onEvent?.({ type: 'output-delta', delta });
            await clock.advanceAsync(10);
          }
          return { status: 'completed', output: words.join('') };
        },
      };
      const manager = createHandoffManager({ agents: [writer] });
      server.script([{ toolCalls: [call('c1', 'write')] }, { content: 'Written.' }]);
      const result = streamText({
        model: model(),
        prompt: 'Write.',
        tools: {
          write: delegateTool({ manager, target: 'writer', previews: { clock, chars: 60 } }),
        },
        stopWhen: stepCountIs(5),
      });
      const shown: (HandoffUpdate & { preliminary: boolean })[] = [];
      for await (const part of result.fullStream) {
        if (part.type !== 'tool-result') continue;
        shown.push({ ...(part.output as HandoffUpdate), preliminary: part.preliminary === true });
      }
      // 100 pieces in 1,000 ms at one preview every 250 ms, then the answer, and the answer as final.
      const working = shown.filter(({ status }) => status === 'working');
      expect(working.length).toBeGreaterThanOrEqual(4);
      expect(working.length).toBeLessThanOrEqual(5);
      for (const { text, handoffId } of working) {
        expect(text.length).toBeLessThanOrEqual(60);
        expect(handoffId).toBe(shown.at(-1)?.handoffId);
      }
      expect(words.join('')).toContain(working.at(-1)?.text ?? '-');
      expect(shown.slice(-2)).toMatchObject([
        { status: 'completed', text: words.join(''), preliminary: true },
        { status: 'completed', text: words.join(''), preliminary: false },
      ]);
      expect(clock.pending).toBe(0);
      expect(toolMessages()).toEqual([words.join('')]);
    });

    test('delegateTool: work for one agent twice at once is followed apart', async () => {
      const writer: HandoffAgent = {
        id: 'writer',
        name: 'Writer',
        async receiveHandoff({ originalTask }, { onEvent } = {}) {
          onEvent?.({ type: 'output-delta', delta: `${originalTask} is` });
          await new Promise((resolve) => setImmediate(resolve));
          return { status: 'completed', output: `${originalTask} is done.` };
        },
      };
      const manager = createHandoffManager({ agents: [writer] });
      const tasks = ['One', 'Two', 'Three'];
      server.script([
        { toolCalls: tasks.map((task, i) => call(`c${i}`, 'write', { task })) },
        { content: 'All of it.' },
      ]);
      const { fullStream } = streamText({
        model: model(),
        prompt: 'Write.',
        tools: { write: delegateTool({ manager, target: 'writer' }) },
        stopWhen: stepCountIs(3),
      });
      const shown = new Map<string, HandoffUpdate[]>();
      for await (const part of fullStream) {
        if (part.type !== 'tool-result') continue;
        const { task } = part.input as { task: string };
        shown.set(task, [...(shown.get(task) ?? []), part.output as HandoffUpdate]);
      }
      const ids = tasks.map((task) => {
        const updates = shown.get(task) ?? [];
        expect(updates.at(-1)).toMatchObject({ status: 'completed', text: `${task} is done.` });
        for (const { text } of updates) expect(`${task} is done.`).toContain(text);
        return new Set(updates.map(({ handoffId }) => handoffId));
      });
      // Each keeps its id from the first preview to the answer, and no two share one.
      expect(ids.map(({ size }) => size)).toEqual([1, 1, 1]);
      expect(new Set(ids.flatMap((each) => [...each])).size).toBe(3);
    });

    test('delegateTool: what traces the tool call is around the work of its target', async () => {
      const active = new AsyncLocalStorage<readonly string[]>();
      const inSpan = <Result>(name: string, run: () => Result): Result =>
        active.run([...(active.getStore() ?? []), name], run);
      const seen: unknown[] = [];
      const inner: HandoffAgent = {
        id: 'inner',
        name: 'Inner',
        receiveHandoff: async () => {
          seen.push(active.getStore());
          return { status: 'completed', output: 'Done.' };
        },
      };
      const manager = createHandoffManager({ agents: [inner] });
      const outer = fromAiSdk(
        new ToolLoopAgent({
          model: model(),
          tools: { ask: delegateTool({ manager, target: 'inner' }) },
          stopWhen: stepCountIs(3),
        }),
        { id: 'outer' },
      );
      const desk = createHandoffManager({ agents: [outer] });
      for (const previews of [false, {}] as const) {
        const tool = delegateTool({ manager: desk, target: 'outer', previews });
        const execute = tool.execute as NonNullable<typeof tool.execute>;
        server.script([
          { toolCalls: [call('c1', 'ask')] },
          { toolCalls: [call('c2', 'ask')] },
          { content: 'Done.' },
          { content: 'Done.' },
        ]);
        await generateText({
          model: model(),
          prompt: 'Ask.',
          tools: {
            ask: {
              ...tool,
              execute: (...given: Parameters<typeof execute>) =>
                inSpan('tool', () => last(execute(...given))),
            },
          },
          stopWhen: stepCountIs(3),
        });
      }
      expect(seen).toEqual([['tool'], ['tool']]);
    });

    test('delegateTool: an invalid payload never reaches the target, and the model is told', async () => {
      const model_ = model();
      const billing = createHandoffAgent({
        id: 'billing',
        payloadSchema: z.object({ euros: z.number().describe('In euros.') }),
        model: { generate: () => Promise.reject(new Error('asked')) },
      });
      const manager = createHandoffManager({ agents: [billing] });
      for (const previews of [false, {}] as const) {
        server.script([
          { toolCalls: [call('c1', 'ask', { task: 'Refund.', payload: { euros: 'many' } })] },
          { content: 'I could not.' },
        ]);
        const { text } = await generateText({
          model: model_,
          prompt: 'Refund.',
          tools: { ask: delegateTool({ manager, target: 'billing', previews }) },
          stopWhen: stepCountIs(5),
        });
        expect(text).toBe('I could not.');
        expect(toolMessages()?.[0]).toMatch(/payload/);
        expect(toolMessages()?.[0]).not.toContain('asked');
      }
      expect(await manager.history()).toEqual([]);
      expect(server.bodies[0]?.tools).toMatchObject([
        {
          function: {
            parameters: {
              properties: { payload: { properties: { euros: { description: 'In euros.' } } } },
              required: ['task', 'payload'],
            },
          },
        },
      ]);
    });

    test('delegateTool: a refusal by a rule, and a failure, are told to the model', async () => {
      const broken = scriptedAgent({ id: 'broken', replies: [new Error('out of order')] });
      const triage = scriptedAgent({ id: 'triage', canDelegateTo: ['broken'], replies: [] });
      const other = scriptedAgent({ id: 'other', replies: [] });
      const manager = createHandoffManager({ agents: [triage, broken, other] });
      server.script([
        { toolCalls: [call('c1', 'ask_broken'), call('c2', 'ask_other')] },
        { content: 'Neither.' },
      ]);
      await generateText({
        model: model(),
        prompt: 'Ask.',
        tools: {
          ask_broken: delegateTool({ manager, source: 'triage', target: 'broken' }),
          ask_other: delegateTool({ manager, source: 'triage', target: 'other' }),
        },
        stopWhen: stepCountIs(5),
      });
      expect(toolMessages()).toEqual([
        expect.stringContaining('out of order'),
        expect.stringContaining('other'),
      ]);
      expect((await manager.history()).map(({ status }) => status).sort()).toEqual([
        'failed',
        'rejected',
      ]);
      expect(other.received).toHaveLength(0);
    });

    test('delegateTool: a step limit and an open approval of the target are told, not an empty text', async () => {
      const look = tool({ inputSchema: jsonSchema<object>({ type: 'object' }), execute: () => 1 });
      const pay = { ...look, needsApproval: true };
      const manager = createHandoffManager({
        agents: [
          fromAiSdk(
            new ToolLoopAgent({ model: model(), tools: { look }, stopWhen: stepCountIs(1) }),
            { id: 'limited' },
          ),
          fromAiSdk(new ToolLoopAgent({ model: model(), tools: { pay } }), { id: 'asking' }),
        ],
      });
      server.script([
        { toolCalls: [call('c1', 'ask_limited')] },
        { toolCalls: [call('c2', 'look')] },
        { toolCalls: [call('c3', 'ask_asking')] },
        { toolCalls: [call('c4', 'pay')] },
        { content: 'Neither.' },
      ]);
      const { steps } = await generateText({
        model: model(),
        prompt: 'Ask.',
        tools: {
          ask_limited: delegateTool({ manager, target: 'limited' }),
          ask_asking: delegateTool({ manager, target: 'asking' }),
        },
        stopWhen: stepCountIs(5),
      });
      expect(
        steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output)),
      ).toMatchObject([
        { status: 'failed', error: { code: 'INCOMPLETE' } },
        { status: 'awaiting-approval', error: { code: 'AWAITING_APPROVAL' } },
      ]);
      expect(toolMessages()).toEqual([
        expect.stringContaining('stopped before it was done'),
        expect.stringContaining('"asking"'),
      ]);
    });

    test('delegateTool: an abort of the response cancels the handoff', async () => {
      const billing = scriptedAgent({ id: 'billing', replies: [untilAborted] });
      const manager = createHandoffManager({ agents: [billing] });
      server.script([{ toolCalls: [call('c1', 'ask')] }]);
      const abort = new AbortController();
      const running = generateText({
        model: model(),
        prompt: 'Ask.',
        tools: { ask: delegateTool({ manager, target: 'billing' }) },
        stopWhen: stepCountIs(5),
        abortSignal: abort.signal,
      });
      running.catch(() => {});
      await expect.poll(() => billing.received.length).toBe(1);
      abort.abort();
      await expect(running).rejects.toThrow(/abort/i);
      await expect
        .poll(async () => (await manager.history()).map(({ status }) => status))
        .toEqual(['cancelled']);
    });

    test('an agent that the manager does not have is refused when the tool is made', () => {
      const manager = createHandoffManager({ agents: [scriptedAgent({ id: 'a', replies: [] })] });
      const unknown = 'b' as 'a';
      const said = 'The manager has no agent "b"; it has a.';
      expect(() => delegateTool({ manager, target: unknown })).toThrow(said);
      expect(() => transferTool({ manager, source: unknown, target: 'a' })).toThrow(said);
    });

    describe('transferTool', () => {
      const setUp = (denied?: string) => {
        const agents = [
          scriptedAgent({ id: 'triage', replies: [] }),
          scriptedAgent({ id: 'billing', replies: ['Refunded.'] }),
          scriptedAgent({ id: 'sales', replies: ['Sold.'] }),
        ] as const;
        const manager = createHandoffManager({
          agents,
          policies: [
            {
              name: 'closed',
              decide: ({ context }) =>
                context.targetAgentId === denied ? { deny: `${denied} is closed.` } : 'permit',
            },
          ],
        });
        const tools = {
          transfer_to_billing: transferTool({ manager, source: 'triage', target: 'billing' }),
          transfer_to_sales: transferTool({ manager, source: 'triage', target: 'sales' }),
        };
        return { manager, tools, agents };
      };
      const ask = (tools: ToolSet) =>
        streamText({
          model: model(),
          messages: [
            { role: 'user', content: 'Hello' },
            { role: 'assistant', content: 'Hello. What is it?' },
            { role: 'user', content: 'Refund order 7.' },
          ],
          tools,
          stopWhen: acceptedTransfer(),
        });

      test('an accepted one ends the response in its step, and the target answers', async () => {
        const { manager, tools, agents } = setUp();
        server.script([
          { content: 'Billing takes over.', toolCalls: [call('c1', 'transfer_to_billing')] },
          { content: 'Never asked for.' },
        ]);
        const result = ask(tools);
        await result.consumeStream();
        const handoff = await continueTransfer(result, { manager });
        let text = '';
        for await (const delta of handoff?.textStream ?? []) text += delta;
        expect(text).toBe('Refunded.');
        expect(await handoff?.result).toMatchObject({ status: 'completed', output: 'Refunded.' });
        expect(server.bodies).toHaveLength(1);
        const context = agents[1].received[0]?.context;
        expect(context).toMatchObject({
          originalTask: 'Refund order 7.',
          reason: 'specialization',
        });
        expect(context?.keyMessages).toEqual([
          message.user('Hello'),
          message.assistant('Hello. What is it?'),
          message.user('Refund order 7.'),
        ]);
        // A second continuation has the same result, and asks nobody again.
        expect((await (await continueTransfer(result, { manager }))?.result)?.output).toBe(
          'Refunded.',
        );
        expect(agents[1].received).toHaveLength(1);
      });

      test('the target answers in the same response, for useChat', async () => {
        const { manager, tools } = setUp();
        server.script([
          { content: 'Billing takes over.', toolCalls: [call('c1', 'transfer_to_billing')] },
        ]);
        const stream = createUIMessageStream({
          execute: async ({ writer }) => {
            const result = ask(tools);
            writer.merge(result.toUIMessageStream({ sendFinish: false }));
            const handoff = await continueTransfer(result, { manager });
            if (handoff) writer.merge(toHandoffUIStream(handoff));
          },
        });
        let last: UIMessage | undefined;
        for await (const seen of readUIMessageStream({ stream })) last = seen;
        expect(last?.parts.map(({ type }) => type)).toEqual([
          'step-start',
          'text',
          'tool-transfer_to_billing',
          'step-start',
          'data-handoff',
          'text',
        ]);
        expect(last?.parts.at(-1)).toMatchObject({ text: 'Refunded.', state: 'done' });
        expect(last?.parts.at(-2)).toMatchObject({
          data: { status: 'completed', sourceAgentId: 'triage', targetAgentId: 'billing' },
        });
      });

      test('a reader who leaves cancels it, before the target begins and after', async () => {
        const agents = [scriptedAgent({ id: 'billing', replies: [untilAborted] })];
        const manager = createHandoffManager({ agents });
        const tools = { transfer_to_billing: transferTool({ manager, target: 'billing' }) };
        for (const isBegun of [false, true]) {
          server.script([{ toolCalls: [call('c1', 'transfer_to_billing')] }]);
          const result = ask(tools);
          await result.consumeStream();
          const abort = new AbortController();
          if (!isBegun) abort.abort();
          const handoff = await continueTransfer(result, { manager, signal: abort.signal });
          if (isBegun) await expect.poll(() => agents[0]?.received.length).toBe(1);
          abort.abort();
          expect((await handoff?.result)?.status).toBe('cancelled');
        }
        expect((await manager.history()).map(({ status }) => status)).toEqual([
          'cancelled',
          'cancelled',
        ]);
      });

      test('of two in one step exactly one is accepted', async () => {
        const { manager, tools, agents } = setUp();
        server.script([
          { toolCalls: [call('c1', 'transfer_to_sales'), call('c2', 'transfer_to_billing')] },
        ]);
        const result = ask(tools);
        await result.consumeStream();
        const outputs = (await result.steps)[0]?.toolResults.map(
          ({ output }) => output as HandoffUpdate,
        );
        expect(outputs).toMatchObject([
          { status: 'accepted', targetAgentId: 'sales' },
          { status: 'rejected', targetAgentId: 'billing', error: { message: /not accepted/ } },
        ]);
        const handoff = await continueTransfer(result, { manager });
        expect((await handoff?.result)?.targetAgentId).toBe('sales');
        expect(agents[1].received).toHaveLength(0);
        expect(await manager.history()).toHaveLength(1);
      });

      test('a refused one is told to the model, which goes on; the next may be accepted', async () => {
        const { manager, tools } = setUp('billing');
        server.script([
          { toolCalls: [call('c1', 'transfer_to_billing'), call('c2', 'transfer_to_sales')] },
        ]);
        const both = ask(tools);
        await both.consumeStream();
        expect((await both.steps)[0]?.toolResults.map(({ output }) => output)).toMatchObject([
          { status: 'rejected', error: { code: 'POLICY_DENIED' } },
          { status: 'accepted', targetAgentId: 'sales' },
        ]);

        server.script([
          { toolCalls: [call('c1', 'transfer_to_billing')] },
          { content: 'Billing is closed.' },
        ]);
        const refused = ask(tools);
        expect(await refused.text).toBe('Billing is closed.');
        expect(toolMessages()?.[0]).toContain('billing is closed');
        expect(await continueTransfer(refused, { manager })).toBeUndefined();
      });

      test('the stop condition keeps a limit of steps', async () => {
        const { tools } = setUp('billing');
        server.answer(({ messages }) => ({
          toolCalls: [call(`c${messages.length}`, 'transfer_to_billing')],
        }));
        const { steps } = await generateText({
          model: model(),
          prompt: 'Refund.',
          tools,
          stopWhen: acceptedTransfer({ maxSteps: 3 }),
        });
        expect(steps).toHaveLength(3);
      });

      test('many responses at once do not take the place of one another', async () => {
        const { manager, tools } = setUp();
        server.answer(() => ({ toolCalls: [call('c1', 'transfer_to_billing')] }));
        const results = await Promise.all(
          Array.from({ length: 10 }, () =>
            generateText({
              model: model(),
              prompt: 'Refund.',
              tools,
              stopWhen: acceptedTransfer(),
            }),
          ),
        );
        const outputs = results.map(({ steps }) => steps[0]?.toolResults[0]?.output);
        expect(outputs.map((output) => (output as HandoffUpdate).status)).toEqual(
          Array(10).fill('accepted'),
        );
        expect(await manager.history()).toHaveLength(10);
      });
    });

    test('an agent of the AI SDK answers behind an agent of the AI SDK: one task, one chain', async () => {
      const billing = fromAiSdk(new ToolLoopAgent({ model: model() }), {
        id: 'billing',
      });
      const manager = createHandoffManager({ agents: [billing] });
      server.script([
        { toolCalls: [call('c1', 'ask')], ...tokens(1, 1) },
        { content: 'Refunded.', ...tokens(10, 3) },
        { content: 'Done.', ...tokens(1, 1) },
      ]);
      const { text } = await generateText({
        model: model(),
        prompt: 'Refund order 7.',
        tools: { ask: delegateTool({ manager, target: 'billing' }) },
        stopWhen: stepCountIs(5),
      });
      expect(text).toBe('Done.');
      const [entry] = await manager.history();
      expect(entry?.result).toMatchObject({ output: 'Refunded.', usage: { totalTokens: 13 } });
    });
  });
}

/** The last output of a tool. */
async function last(outputs: unknown): Promise<HandoffUpdate> {
  let output = await outputs;
  for await (const each of outputs as AsyncIterable<unknown>) output = each;
  return output as HandoffUpdate;
}
