import {
  type AgentEvent,
  HandoffError,
  type ModelRequest,
  message,
} from '@agent-handoff/core/adapter';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { aiSdkModel } from '../../src/model.ts';
import { ModelServer } from '../model-server.ts';
import { beginStream, rawServer } from './raw-server.ts';
import { recordingTool, request } from './request.ts';
import type { Sdk } from './sdk.ts';

const apiKey = 'sk-proj-abcdefghijklmnopqrstuvwxyz';
const ways: [string, Partial<ModelRequest>][] = [
  ['whole', {}],
  ['streamed', { onEvent: () => {} }],
];

export function failureSuite(sdk: Sdk): void {
  describe('failures', () => {
    const server = new ModelServer();
    const printed = vi.spyOn(console, 'error');
    beforeAll(() => server.start());
    beforeEach(() => {
      printed.mockClear();
    });
    afterEach(() => expect(printed).not.toHaveBeenCalled());
    afterAll(() => {
      printed.mockRestore();
      return server.stop();
    });
    const model = (baseURL = server.baseURL) =>
      sdk.compatible({ baseURL, apiKey, headers: { 'x-team': 'team-secret' } })('small');
    const failure = (running: Promise<unknown>): Promise<HandoffError> =>
      running.then(
        () => Promise.reject(new Error('it did not fail')),
        (thrown: unknown) => {
          if (!HandoffError.isInstance(thrown)) throw thrown;
          return thrown;
        },
      );

    for (const [way, part] of ways) {
      for (const [status, retryable] of [
        [400, false],
        [401, false],
        [404, false],
        [429, true],
        [500, true],
        [503, true],
      ] as const) {
        test(`${way}: HTTP ${status} is AGENT_FAILED, retryable: ${retryable}`, async () => {
          const said = `Refused. Key: ${apiKey}; header: Bearer ${apiKey}`;
          server.script([{ status, error: { message: said } }]);
          const error = await failure(
            aiSdkModel(model(), { maxRetries: 0 }).generate(request(part)),
          );
          expect(error).toMatchObject({
            code: 'AGENT_FAILED',
            retryable,
            details: { statusCode: status, modelId: 'small', attempts: 1 },
          });
          expect(error.message).toMatch(new RegExp(`"small" failed with HTTP ${status}: Refused`));
          expect(error.cause).toBeUndefined();
          const shown = `${JSON.stringify(error)} ${error.stack}`;
          expect(shown).toContain('Refused');
          expect([apiKey, 'team-secret'].filter((secret) => shown.includes(secret))).toEqual([]);
        });
      }

      test(`${way}: nobody listens`, async () => {
        const gone = await rawServer(() => {});
        await gone[Symbol.asyncDispose]();
        const error = await failure(
          aiSdkModel(model(gone.baseURL), { maxRetries: 0 }).generate(request(part)),
        );
        expect(error).toMatchObject({ code: 'AGENT_FAILED', retryable: true });
        expect(error.details).not.toHaveProperty('statusCode');
      });

      test(`${way}: an answer that isn't the protocol's`, async () => {
        server.mock.reset();
        server.mock.on({}, { content: 'x' }, { chaos: { malformedRate: 1 } });
        const error = await failure(aiSdkModel(model(), { maxRetries: 0 }).generate(request(part)));
        expect(error).toMatchObject({ code: 'AGENT_FAILED', details: { modelId: 'small' } });
      });

      test(`${way}: the connection breaks in the middle`, async () => {
        await using broken = await rawServer((response, body) => {
          if (body.includes('"stream":true')) beginStream(response, 'It is');
          else {
            response.writeHead(200, { 'content-type': 'application/json' });
            response.write('{"choices":[');
          }
          setTimeout(() => response.destroy(), 20);
        });
        const error = await failure(
          aiSdkModel(model(broken.baseURL), { maxRetries: 0 }).generate(request(part)),
        );
        expect(error).toMatchObject({ code: 'AGENT_FAILED', retryable: true });
      });

      test(`${way}: failed calls are repeated maxRetries times, 2 by default`, async () => {
        const busy = { status: 429, error: { message: 'busy' }, retryAfter: 0 };
        server.script([busy, busy, { content: 'Now.' }]);
        const answer = await aiSdkModel(model()).generate(request(part));
        expect(answer.output).toBe('Now.');
        expect(server.bodies).toHaveLength(3);

        server.script([busy, busy, { content: 'Now.' }]);
        const error = await failure(aiSdkModel(model(), { maxRetries: 1 }).generate(request(part)));
        expect(server.bodies).toHaveLength(2);
        expect(error).toMatchObject({ retryable: true, details: { statusCode: 429, attempts: 2 } });
      });
    }

    test('streamed: an error event inside the stream, and a stream that just ends', async () => {
      await using failing = await rawServer((response) => {
        beginStream(response, 'It is');
        response.end(`data: ${JSON.stringify({ error: { message: 'Overloaded' } })}\n\n`);
      });
      const error = await failure(
        aiSdkModel(model(failing.baseURL)).generate(request({ onEvent: () => {} })),
      );
      expect(error).toMatchObject({ code: 'AGENT_FAILED', retryable: true });
      expect(error.message).toContain('Overloaded');

      await using ending = await rawServer((response) => {
        beginStream(response, 'It is');
        response.end('data: [DONE]\n\n');
      });
      const cut = await failure(
        aiSdkModel(model(ending.baseURL)).generate(request({ onEvent: () => {} })),
      );
      expect(cut).toMatchObject({ code: 'AGENT_FAILED', retryable: true });
    });

    test('a mistake of the caller is not retryable, and leaves the provider alone', async () => {
      server.script([{ content: 'x' }]);
      const empty = await failure(aiSdkModel(model()).generate(request({ messages: [] })));
      expect(empty).toMatchObject({ code: 'AGENT_FAILED', retryable: false });
      const orphan = await failure(
        aiSdkModel(model()).generate(request({ messages: [message.tool('c9', 'late')] })),
      );
      expect(orphan).toMatchObject({ code: 'INVALID_CONTEXT' });
      expect(server.bodies).toHaveLength(0);
    });

    test('streamed: after an error nothing stays open', async () => {
      await using hanging = await rawServer((response) => {
        beginStream(response, 'It is');
        response.write(`data: ${JSON.stringify({ error: { message: 'Overloaded' } })}\n\n`);
      });
      await failure(aiSdkModel(model(hanging.baseURL)).generate(request({ onEvent: () => {} })));
      await hanging.clientLeft;
    });

    test('streamed: nothing is heard after an abort', async () => {
      await using hanging = await rawServer((response) => {
        beginStream(response, 'one', 'two', 'three');
      });
      const abort = new AbortController();
      const heard: AgentEvent[] = [];
      const onEvent = (event: AgentEvent): void => {
        heard.push(event);
        abort.abort();
      };
      const running = aiSdkModel(model(hanging.baseURL)).generate(
        request({ onEvent, signal: abort.signal }),
      );
      await expect(running).rejects.toThrow(/abort/i);
      await hanging.clientLeft;
      expect(heard).toEqual([{ type: 'output-delta', delta: 'one' }]);
    });

    for (const [way, part] of ways) {
      test(`${way}: an abort rejects with the signal's reason and closes the socket`, async () => {
        const abort = new AbortController();
        await using hanging = await rawServer((response, body) => {
          if (body.includes('"stream":true')) beginStream(response, 'It is');
          setTimeout(() => abort.abort(), 20);
        });
        const running = aiSdkModel(model(hanging.baseURL)).generate(
          request({ ...part, signal: abort.signal }),
        );
        const thrown: unknown = await running.catch((error: unknown) => error);
        expect(thrown).toBe(abort.signal.reason);
        expect(abort.signal.reason.name).toBe('AbortError');
        await hanging.clientLeft;
      });

      test(`${way}: a reason of the caller's own comes back, also from a tool that never ends`, async () => {
        server.script([{ toolCalls: [{ id: 'c1', name: 'wait', arguments: '{"id":"1"}' }] }]);
        const abort = new AbortController();
        const reason = new HandoffError('DEADLINE_EXCEEDED', 'too late');
        const wait = recordingTool('wait', () => {
          setTimeout(() => abort.abort(reason), 10);
          return new Promise(() => {});
        });
        await expect(
          aiSdkModel(model()).generate(request({ ...part, tools: [wait], signal: abort.signal })),
        ).rejects.toBe(reason);
        expect(wait.runs[0]?.signal.aborted).toBe(true);
        expect(server.bodies).toHaveLength(1);
      });
    }

    test('an aborted signal asks nobody, and listeners are taken off again', async () => {
      server.script([{ content: 'x' }]);
      const abort = new AbortController();
      const added = vi.spyOn(abort.signal, 'addEventListener');
      const removed = vi.spyOn(abort.signal, 'removeEventListener');
      await aiSdkModel(model()).generate(request({ signal: abort.signal }));
      expect(removed.mock.calls.length).toBe(added.mock.calls.length);
      abort.abort();
      await expect(aiSdkModel(model()).generate(request({ signal: abort.signal }))).rejects.toBe(
        abort.signal.reason,
      );
      expect(server.bodies).toHaveLength(1);
    });
  });
}
