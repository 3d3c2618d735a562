import { createTool } from '@agent-handoff/core';
import { message } from '@agent-handoff/core/adapter';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { aiSdkModel } from '../../src/model.ts';
import { ModelServer, type ScriptedResponse } from '../model-server.ts';
import { rawServer } from './raw-server.ts';
import { recordingTool, request, tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const look = (id: string, orderId = '7'): ScriptedResponse => ({
  toolCalls: [{ id, name: 'look_up', arguments: JSON.stringify({ id: orderId }) }],
  ...tokens(10, 4),
});

export function toolLoopSuite(sdk: Sdk): void {
  describe('tool loop', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const model = (modelId = 'small') =>
      sdk.compatible({ baseURL: server.baseURL, includeUsage: true })(modelId);

    test('sends system prompt, messages and tools, and says which AI SDK it is', async () => {
      server.script([{ content: 'In the post.', ...tokens(21, 3) }]);
      const lookUp = recordingTool('look_up', () => ({ output: null }));
      const answer = await aiSdkModel(model()).generate(
        request({
          systemPrompt: 'You find orders.',
          tools: [lookUp],
          messages: [
            message.user('Hello'),
            message.assistant([
              { type: 'text', content: 'One moment.' },
              { type: 'tool_call', id: 'c1', name: 'look_up', arguments: { id: '6' } },
            ]),
            message.tool('c1', { found: false }),
            message.user('And order 7?'),
          ],
        }),
      );
      expect(answer).toEqual({
        status: 'completed',
        output: 'In the post.',
        messages: [message.assistant('In the post.')],
        usage: { inputTokens: 21, outputTokens: 3, totalTokens: 24 },
      });
      expect(server.bodies).toHaveLength(1);
      const [body] = server.bodies;
      expect(body?.model).toBe('small');
      expect(body?.messages).toEqual([
        { role: 'system', content: 'You find orders.' },
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: 'One moment.',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'look_up', arguments: '{"id":"6"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"found":false}' },
        { role: 'user', content: 'And order 7?' },
      ]);
      expect(body?.tools).toMatchObject([
        {
          type: 'function',
          function: {
            name: 'look_up',
            description: 'Runs look_up',
            parameters: lookUp.inputSchema,
          },
        },
      ]);
      expect(server.requests[0]?.headers['user-agent']).toMatch(sdk.version);
    });

    test('runs tools, feeds results and errors back, and returns the new messages only', async () => {
      server.script([
        {
          content: 'Looking.',
          toolCalls: [
            { id: 'c1', name: 'look_up', arguments: '{"id":"7"}' },
            { id: 'c2', name: 'break', arguments: '{"id":"7"}' },
            { id: 'c3', name: 'unheard_of', arguments: '{}' },
            { id: 'c4', name: 'look_up', arguments: '{"id":' },
            { id: 'c5', name: 'say', arguments: '{"id":"x"}' },
          ],
          ...tokens(10, 4),
        },
        { content: 'Shelf 3.', ...tokens(30, 5) },
      ]);
      const lookUp = recordingTool('look_up', async () => ({ output: { shelf: 3 } }));
      const say = recordingTool('say', () => ({ output: 'plain text' }));
      const broken = recordingTool('break', () => {
        throw new Error('the drawer is stuck');
      });
      const answer = await aiSdkModel(model()).generate(request({ tools: [lookUp, broken, say] }));

      expect(answer.status).toBe('completed');
      expect(answer.output).toBe('Shelf 3.');
      expect(answer.usage).toEqual({ inputTokens: 40, outputTokens: 9, totalTokens: 49 });
      expect(lookUp.runs).toMatchObject([{ input: { id: '7' }, toolCallId: 'c1' }]);
      expect(lookUp.runs[0]?.signal).toBeInstanceOf(AbortSignal);

      expect(answer.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
      expect(answer.messages[0]?.parts).toEqual([
        { type: 'text', content: 'Looking.' },
        { type: 'tool_call', id: 'c1', name: 'look_up', arguments: { id: '7' } },
        { type: 'tool_call', id: 'c2', name: 'break', arguments: { id: '7' } },
        { type: 'tool_call', id: 'c3', name: 'unheard_of', arguments: {} },
        { type: 'tool_call', id: 'c4', name: 'look_up', arguments: {} },
        { type: 'tool_call', id: 'c5', name: 'say', arguments: { id: 'x' } },
      ]);
      const results = answer.messages[1]?.parts ?? [];
      expect(results).toMatchObject([
        { id: 'c1', response: { shelf: 3 } },
        { id: 'c2', response: 'the drawer is stuck', isError: true },
        { id: 'c3', response: expect.stringContaining('unheard_of'), isError: true },
        { id: 'c4', response: expect.stringContaining('look_up'), isError: true },
        { id: 'c5', response: 'plain text' },
      ]);
      // The transcript says what the model was told, word for word. Older versions send the results
      // in another order.
      const told = server.bodies[1]?.messages.filter(({ role }) => role === 'tool') ?? [];
      expect(Object.fromEntries(told.map((each) => [each.tool_call_id, each.content]))).toEqual(
        Object.fromEntries(
          results.map((part) => {
            if (part.type !== 'tool_call_response') throw new Error(part.type);
            const { response } = part;
            return [part.id, typeof response === 'string' ? response : JSON.stringify(response)];
          }),
        ),
      );
      // What came out goes in again: no provider gets an open call or an orphan.
      server.script([{ content: 'You are welcome.' }]);
      const next = [message.user('Where?'), ...answer.messages, message.user('Thanks')];
      await aiSdkModel(model()).generate(request({ messages: next }));
      expect(server.bodies[0]?.messages).toHaveLength(9);
    });

    test('stops at maxSteps, 20 by default, and is incomplete then', async () => {
      const lookUp = recordingTool('look_up', () => ({ output: 'not yet' }));
      server.answer((body) => look(`c${body.messages.length}`));
      const limited = await aiSdkModel(model(), { maxSteps: 3 }).generate(
        request({ tools: [lookUp] }),
      );
      expect(limited.status).toBe('incomplete');
      expect(server.bodies).toHaveLength(3);
      expect(limited.usage.totalTokens).toBe(42);
      expect(limited.messages.at(-1)?.role).toBe('tool');

      server.answer((body) => look(`c${body.messages.length}`));
      const unlimited = await aiSdkModel(model()).generate(request({ tools: [lookUp] }));
      expect(unlimited.status).toBe('incomplete');
      expect(server.bodies).toHaveLength(20);

      for (const maxSteps of [0, -1, 1.5, Number.NaN]) {
        expect(() => aiSdkModel(model(), { maxSteps })).toThrow(/maxSteps/);
      }
    });

    test('a model corrects the input of a tool that has a schema', async () => {
      server.script([look('c1', 'seven'), look('c2'), { content: 'Shelf 3.' }]);
      const found: unknown[] = [];
      const lookUp = createTool({
        name: 'look_up',
        description: 'Looks up.',
        inputSchema: z.object({ id: z.string().regex(/^\d+$/, 'write digits').transform(Number) }),
        execute: (input) => {
          found.push(input);
          return { output: { shelf: 3 } };
        },
      });
      const { output, messages } = await aiSdkModel(model()).generate(request({ tools: [lookUp] }));
      expect(output).toBe('Shelf 3.');
      expect(found).toEqual([{ id: 7 }]);
      expect(messages[1]?.parts).toMatchObject([
        {
          id: 'c1',
          isError: true,
          response: expect.stringContaining('The input of look_up is invalid: id: write digits.'),
        },
      ]);
      expect(messages[3]?.parts).toMatchObject([{ id: 'c2', response: { shelf: 3 } }]);
    });

    test('ends the turn after endsTurn: every call answered, no further model call', async () => {
      for (const streamed of [false, true]) {
        server.script([
          {
            content: 'Billing takes over.',
            toolCalls: [
              { id: 'c1', name: 'transfer_to_billing', arguments: '{"id":"7"}' },
              { id: 'c2', name: 'look_up', arguments: '{"id":"7"}' },
              { id: 'c3', name: 'transfer_to_billing', arguments: '{"id":"8"}' },
            ],
          },
          { content: 'Never asked for.' },
        ]);
        let accepted = 0;
        const transfer = recordingTool('transfer_to_billing', () => {
          accepted += 1;
          return accepted === 1
            ? { output: 'Transferred.', endsTurn: true }
            : { output: 'Not accepted: the turn goes elsewhere.' };
        });
        const lookUp = recordingTool('look_up', async () => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          return { output: 'Shelf 3' };
        });
        const answer = await aiSdkModel(model()).generate(
          request({ tools: [transfer, lookUp], ...(streamed ? { onEvent: () => {} } : {}) }),
        );
        expect(server.bodies).toHaveLength(1);
        expect(answer).toMatchObject({ status: 'completed', output: 'Billing takes over.' });
        expect(answer.messages[1]?.parts).toMatchObject([
          { id: 'c1', response: 'Transferred.' },
          { id: 'c2', response: 'Shelf 3' },
          { id: 'c3', response: 'Not accepted: the turn goes elsewhere.' },
        ]);
        expect(answer).not.toHaveProperty('transfer');
      }
    });

    test('is incomplete where the answer was cut off, filtered or broke off', async () => {
      for (const finishReason of ['length', 'content_filter']) {
        for (const streamed of [false, true]) {
          server.script([{ content: 'It is in', finishReason }]);
          const answer = await aiSdkModel(model()).generate(
            request(streamed ? { onEvent: () => {} } : {}),
          );
          expect(answer).toMatchObject({ status: 'incomplete', output: 'It is in' });
        }
      }
    });

    test('an unknown finish reason is an end, no finish reason is none', async () => {
      server.script([{ content: 'Done.', finishReason: 'satisfied' }]);
      const known = await aiSdkModel(model()).generate(request());
      expect(known.status).toBe('completed');

      await using vague = await rawServer((response) => {
        response.setHeader('content-type', 'application/json');
        const choices = [{ index: 0, message: { role: 'assistant', content: 'It is in' } }];
        response.end(JSON.stringify({ id: 'x', created: 1, model: 'm', choices }));
      });
      const unknown = await aiSdkModel(sdk.compatible({ baseURL: vague.baseURL })('m')).generate(
        request(),
      );
      expect(unknown).toMatchObject({ status: 'incomplete', output: 'It is in' });
    });

    test('leaves no call open where the answer was cut off after it', async () => {
      server.script([{ ...look('c1'), finishReason: 'length' } as ScriptedResponse]);
      const lookUp = recordingTool('look_up', () => ({ output: 'Shelf 3' }));
      const answer = await aiSdkModel(model(), { maxSteps: 1 }).generate(
        request({ tools: [lookUp] }),
      );
      expect(answer.status).toBe('incomplete');
      expect(answer.messages.map(({ role }) => role)).toEqual(['assistant', 'tool']);
      expect(answer.messages[1]?.parts).toMatchObject([{ id: 'c1' }]);
    });

    test('an empty answer is an empty output without messages', async () => {
      for (const streamed of [false, true]) {
        server.script([{ content: '', ...tokens(5, 0) }]);
        const answer = await aiSdkModel(model()).generate(
          request(streamed ? { onEvent: () => {} } : {}),
        );
        expect(answer).toEqual({
          status: 'completed',
          output: '',
          messages: [],
          usage: { inputTokens: 5, outputTokens: 0, totalTokens: 5 },
        });
      }
    });

    test('one model serves many requests at once without mixing them', async () => {
      server.answer(({ messages }) => {
        const order = /order (\d+)/.exec(String(messages[0]?.content))?.[1] ?? '';
        return messages.length === 1 ? look(`c${order}`, order) : { content: `Order ${order}` };
      });
      const shared = aiSdkModel(model());
      const answers = await Promise.all(
        Array.from({ length: 40 }, async (_, order) => {
          const lookUp = recordingTool('look_up', () => ({ output: order }));
          const { output } = await shared.generate(
            request({ messages: [message.user(`Where is order ${order}?`)], tools: [lookUp] }),
          );
          return [output, lookUp.runs.map(({ input }) => input)];
        }),
      );
      expect(answers).toEqual(
        Array.from({ length: 40 }, (_, order) => [`Order ${order}`, [{ id: `${order}` }]]),
      );
    });
  });
}
