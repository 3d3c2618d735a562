import { message } from '@agent-handoff/core/adapter';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aiSdkModel, type ModelCall } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { rawServer } from './raw-server.ts';
import { recordingTool, request, tokens } from './request.ts';
import type { Sdk } from './sdk.ts';

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export function optionsSuite(sdk: Sdk): void {
  describe('options', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());
    const model = () => sdk.compatible({ baseURL: server.baseURL, includeUsage: true })('small');

    test('each reaches the wire, and none is sent unasked', async () => {
      for (const streamed of [false, true]) {
        const part = streamed ? { onEvent: () => {} } : {};
        server.script([{ content: 'a' }, { content: 'b' }]);
        await aiSdkModel(model(), {
          temperature: 0.25,
          maxOutputTokens: 77,
          providerOptions: { local: { top_k: 5 }, other: { top_k: 9 } },
        }).generate(request(part));
        await aiSdkModel(model()).generate(request(part));
        const [set, unset] = server.bodies;
        expect(set).toMatchObject({ temperature: 0.25, max_tokens: 77, top_k: 5 });
        for (const name of ['temperature', 'max_tokens', 'top_k']) {
          expect(unset).not.toHaveProperty(name);
        }
      }
    });

    test('onModelCall hears of every model call: its id, its time without tools, its tokens', async () => {
      for (const streamed of [false, true]) {
        server.script(
          [
            {
              toolCalls: [{ id: 'c1', name: 'wait', arguments: '{"id":"7"}' }],
              ...tokens(10, 4),
            },
            { content: 'Done.', ...tokens(30, 5) },
          ],
          { chaos: { latencyMs: 30 } },
        );
        const wait = recordingTool('wait', async () => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          return { output: 'waited' };
        });
        const calls: ModelCall[] = [];
        await aiSdkModel(model(), { onModelCall: (call) => calls.push(call) }).generate(
          request({ tools: [wait], ...(streamed ? { onEvent: () => {} } : {}) }),
        );
        expect(calls).toEqual([
          { modelId: 'small', durationMs: expect.any(Number), inputTokens: 10, outputTokens: 4 },
          { modelId: 'small', durationMs: expect.any(Number), inputTokens: 30, outputTokens: 5 },
        ]);
        for (const { durationMs } of calls) {
          expect(durationMs).toBeGreaterThan(25);
          expect(durationMs).toBeLessThan(290);
        }
      }
    });

    test('a string id is resolved by the AI SDK', async () => {
      const provider = sdk.compatible({ baseURL: server.baseURL });
      vi.stubGlobal('AI_SDK_DEFAULT_PROVIDER', provider);
      try {
        server.script([{ content: 'Hello' }]);
        const calls: ModelCall[] = [];
        const answer = await aiSdkModel('some/model', {
          onModelCall: (call) => calls.push(call),
        }).generate(request());
        expect(answer.output).toBe('Hello');
        expect(server.bodies[0]?.model).toBe('some/model');
        expect(calls[0]?.modelId).toBe('some/model');
      } finally {
        vi.unstubAllGlobals();
      }
    });

    test('sends files as they are and opens no link of a transcript', async () => {
      let opened = 0;
      await using elsewhere = await rawServer((response) => {
        opened += 1;
        response.end('secret');
      });
      const link = `${elsewhere.baseURL}/cat.png`;
      server.script([{ content: 'A cat.' }]);
      await aiSdkModel(model()).generate(
        request({
          messages: [
            message.user([
              { type: 'text', content: 'What is this?' },
              { type: 'blob', modality: 'image', mimeType: 'image/png', content: pixel },
              { type: 'blob', modality: 'image', content: pixel },
              { type: 'uri', modality: 'image', mimeType: 'image/png', uri: link },
            ]),
          ],
        }),
      );
      expect(opened).toBe(0);
      expect(server.bodies[0]?.messages[0]?.content).toMatchObject([
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
        // Which image it is, newer versions read from the bytes and older ones guess.
        {
          type: 'image_url',
          image_url: { url: expect.stringMatching(/^data:image\/\w+;base64,iVBO/) },
        },
        { type: 'image_url', image_url: { url: link } },
      ]);
      expect(JSON.stringify(server.bodies[0])).not.toContain('agent-handoff');
    });
  });
}
