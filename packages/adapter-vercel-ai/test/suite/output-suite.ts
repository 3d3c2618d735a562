import type { JsonObject } from '@agent-handoff/core/adapter';
import { defaultSettingsMiddleware, wrapLanguageModel } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aiSdkModel } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { recordingTool, request } from './request.ts';
import type { Sdk } from './sdk.ts';

const outputSchema: JsonObject = {
  type: 'object',
  properties: { shelf: { type: 'number' } },
  required: ['shelf'],
  additionalProperties: false,
};

export function outputSuite(sdk: Sdk): void {
  describe('structured output', () => {
    const server = new ModelServer();
    beforeAll(() => server.start());
    afterAll(() => server.stop());

    test('a provider that takes schemas is sent the schema', async () => {
      const sent: string[] = [];
      const settings = {
        baseURL: server.baseURL,
        apiKey: 'none',
        fetch: (url: string | URL | Request, init?: RequestInit) => {
          sent.push(String(init?.body));
          return fetch(url, init);
        },
      };
      const models = [
        sdk.compatible({ ...settings, supportsStructuredOutputs: true })('small'),
        sdk.openai(settings)('gpt-5'),
      ];
      for (const model of models) {
        server.script([{ content: '{"shelf":3}' }]);
        const answer = await aiSdkModel(model).generate(
          request({ systemPrompt: 'Find it.', outputSchema }),
        );
        expect(answer).toMatchObject({ output: '{"shelf":3}', data: { shelf: 3 } });
        expect(sent.at(-1)).toContain(`"schema":${JSON.stringify(outputSchema)}`);
        expect(server.bodies[0]?.messages[0]?.content).toBe('Find it.');
      }
      expect(sent).toHaveLength(2);
    });

    test('one that does not is told in the system prompt', async () => {
      const model = sdk.compatible({ baseURL: server.baseURL })('small');
      for (const systemPrompt of ['Find it.', undefined]) {
        server.script([{ content: '{"shelf":3}' }]);
        const { data } = await aiSdkModel(model).generate(
          request({ outputSchema, ...(systemPrompt === undefined ? {} : { systemPrompt }) }),
        );
        expect(data).toEqual({ shelf: 3 });
        const [body] = server.bodies;
        expect(body?.response_format).toEqual({ type: 'json_object' });
        const [system] = body?.messages ?? [];
        expect(system?.role).toBe('system');
        expect(system?.content).toContain(JSON.stringify(outputSchema));
        if (systemPrompt !== undefined) expect(system?.content).toMatch(/^Find it\.\n\n/);
      }
    });

    test('one that is wrapped says neither, so it is told in both ways', async () => {
      const middleware = defaultSettingsMiddleware({ settings: { seed: 1 } });
      for (const supportsStructuredOutputs of [false, true]) {
        const inner = sdk.compatible({ baseURL: server.baseURL, supportsStructuredOutputs });
        // Version 6 and 7 have models of different types.
        const model = wrapLanguageModel({ model: inner('small') as never, middleware });
        server.script([{ content: '{"shelf":3}' }]);
        const { data } = await aiSdkModel(model).generate(request({ outputSchema }));
        expect(data).toEqual({ shelf: 3 });
        const [body] = server.bodies;
        expect(body?.seed).toBe(1);
        expect(body?.messages[0]?.content).toContain(JSON.stringify(outputSchema));
        expect(JSON.stringify(body?.response_format).includes('shelf')).toBe(
          supportsStructuredOutputs,
        );
      }
    });

    test('data comes from the last answer, after the tools', async () => {
      server.script([
        { toolCalls: [{ id: 'c1', name: 'look_up', arguments: '{"id":"7"}' }] },
        { content: '{"shelf":3}' },
      ]);
      const model = sdk.compatible({ baseURL: server.baseURL, supportsStructuredOutputs: true });
      const answer = await aiSdkModel(model('small')).generate(
        request({ outputSchema, tools: [recordingTool('look_up', () => ({ output: 3 }))] }),
      );
      expect(answer).toMatchObject({ status: 'completed', data: { shelf: 3 } });
    });

    test('text that is no JSON, or a part of it, is no data', async () => {
      const model = sdk.compatible({ baseURL: server.baseURL, supportsStructuredOutputs: true });
      for (const streamed of [false, true]) {
        const part = { outputSchema, ...(streamed ? { onEvent: () => {} } : {}) };
        server.script([{ content: 'Shelf three.' }]);
        const prose = await aiSdkModel(model('small')).generate(request(part));
        expect(prose).toMatchObject({ status: 'completed', output: 'Shelf three.' });
        expect(prose).not.toHaveProperty('data');

        server.script([{ content: '12', finishReason: 'length' }]);
        const cut = await aiSdkModel(model('small')).generate(request(part));
        expect(cut).toMatchObject({ status: 'incomplete', output: '12' });
        expect(cut).not.toHaveProperty('data');
      }
    });

    test('a turn that a tool ended has no data', async () => {
      server.script([
        {
          content: '{"shelf":3}',
          toolCalls: [{ id: 'c1', name: 'transfer_to_billing', arguments: '{"id":"7"}' }],
        },
      ]);
      const model = sdk.compatible({ baseURL: server.baseURL, supportsStructuredOutputs: true });
      const tool = recordingTool('transfer_to_billing', () => ({ output: 'Done', endsTurn: true }));
      const answer = await aiSdkModel(model('small')).generate(
        request({ outputSchema, tools: [tool] }),
      );
      expect(answer.status).toBe('completed');
      expect(answer).not.toHaveProperty('data');
    });

    test('without a schema there is no data, even where the text is JSON', async () => {
      server.script([{ content: '{"shelf":3}' }]);
      const model = sdk.compatible({ baseURL: server.baseURL })('small');
      expect(await aiSdkModel(model).generate(request())).not.toHaveProperty('data');
      expect(server.bodies[0]).not.toHaveProperty('response_format');
    });
  });
}
