import { type AgentEvent, type ModelAnswer, message } from '@agent-handoff/core/adapter';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aiSdkModel } from '../../src/model.ts';
import { ModelServer, type ScriptedResponse } from '../model-server.ts';
import { recordingTool, request, tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

/** Item ids are drawn anew by the server for every answer. */
const withoutIds = (answer: ModelAnswer): unknown =>
  JSON.parse(JSON.stringify(answer).replaceAll(/"itemId":"([a-z]+)[_-][^"]*"/g, '"itemId":"$1"'));

export function streamingSuite(sdk: Sdk): void {
  describe('streaming', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const clients = {
      'chat completions': () =>
        sdk.compatible({ baseURL: server.baseURL, includeUsage: true })('small'),
      responses: () => sdk.openai({ baseURL: server.baseURL, apiKey: 'none' })('gpt-5'),
    };

    const stories: Record<string, readonly ScriptedResponse[]> = {
      text: [{ content: 'Order 7 is in the post since Monday.', ...tokens(11, 9) }],
      'tools, reasoning and text': [
        {
          content: 'Looking it up.',
          reasoning: 'The drawer knows.',
          toolCalls: [
            { id: 'c1', name: 'look_up', arguments: '{"id":"7"}' },
            { id: 'c2', name: 'break', arguments: '{"id":"7"}' },
          ],
          ...tokens(12, 8),
        },
        { content: 'Shelf 3.', reasoning: 'Found.', ...tokens(30, 4) },
      ],
      'a call without text': [
        { toolCalls: [{ id: 'c1', name: 'look_up', arguments: '{"id":"7"}' }], ...tokens(5, 5) },
        { content: 'Shelf 3.', ...tokens(9, 2) },
      ],
      'structured answer': [{ content: '{"shelf":3}', ...tokens(11, 9) }],
      'cut off': [{ content: 'Order 7 is', finishReason: 'length', ...tokens(11, 3) }],
    };

    for (const [client, model] of Object.entries(clients)) {
      for (const [story, responses] of Object.entries(stories)) {
        test(`${client}: ${story} is the same by both ways`, async () => {
          const ask = async (events?: AgentEvent[]): Promise<ModelAnswer> => {
            server.script(responses, { chunkSize: 4 });
            return aiSdkModel(model()).generate(
              request({
                tools: [
                  recordingTool('look_up', () => ({ output: { shelf: 3 } })),
                  recordingTool('break', () => Promise.reject(new Error('stuck'))),
                ],
                ...(story === 'structured answer'
                  ? { outputSchema: { type: 'object', properties: { shelf: { type: 'number' } } } }
                  : {}),
                ...(events ? { onEvent: (event) => events.push(event) } : {}),
              }),
            );
          };
          const events: AgentEvent[] = [];
          const streamed = await ask(events);
          expect(server.bodies.every(({ stream }) => stream === true)).toBe(true);
          const whole = await ask();
          expect(server.bodies.every(({ stream }) => stream === true)).toBe(false);

          expect(withoutIds(streamed)).toEqual(withoutIds(whole));
          expect(whole.usage.inputTokens).toBeGreaterThan(0);
          expect(whole.messages.length).toBeGreaterThan(0);
          if (story === 'structured answer') expect(whole.data).toEqual({ shelf: 3 });

          const deltas = events.flatMap((each) => (each.type === 'output-delta' ? each.delta : []));
          const written = whole.messages
            .flatMap(({ parts }) => parts)
            .flatMap((part) => (part.type === 'text' ? part.content : []));
          expect(deltas.join('')).toBe(written.join(''));
          if (whole.output.length > 9) expect(deltas.length).toBeGreaterThan(2);
          const called = events.filter(({ type }) => type === 'tool-called');
          expect(called).toEqual(
            whole.messages
              .flatMap(({ parts }) => parts)
              .flatMap((part) =>
                part.type === 'tool_call'
                  ? { type: 'tool-called', toolCallId: part.id, toolName: part.name }
                  : [],
              ),
          );
        });
      }
    }

    test('keeps the item ids that the provider needs to continue, and nothing else of its own', async () => {
      server.script([
        {
          content: 'Looking.',
          reasoning: 'The drawer knows.',
          toolCalls: [{ id: 'c1', name: 'look_up', arguments: '{"id":"7"}' }],
        },
        { content: 'Shelf 3.' },
      ]);
      const { messages } = await aiSdkModel(clients.responses()).generate(
        request({ tools: [recordingTool('look_up', () => ({ output: 'Shelf 3' }))] }),
      );
      const metadata = messages.flatMap(({ parts }) => parts.map((part) => part.providerMetadata));
      const id = { openai: { itemId: expect.any(String) } };
      expect(metadata).toEqual([id, id, id, undefined, id]);

      // They go back: the Responses API is sent references to its own items.
      server.script([{ content: 'You are welcome.' }]);
      const bodies: string[] = [];
      const model = sdk.openai({
        baseURL: server.baseURL,
        apiKey: 'none',
        fetch: (url, init) => {
          bodies.push(String(init?.body));
          return fetch(url, init);
        },
      })('gpt-5');
      await aiSdkModel(model).generate(
        request({ messages: [message.user('Hi'), ...messages, message.user('Thanks')] }),
      );
      const reasoning = metadata[0]?.openai as { readonly itemId: string };
      expect(JSON.parse(bodies[0] ?? '').input).toContainEqual({
        type: 'item_reference',
        id: reasoning.itemId,
      });
      expect(bodies[0]).not.toContain('agent-handoff');
    });
  });
}
