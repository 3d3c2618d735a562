import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromLangChain, type RunnableLike } from '@agent-handoff/adapter-langchain';
import { createHandoffContext } from '@agent-handoff/core';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { calls, ScriptedServer } from './scripted-server.ts';

/** A server that begins an answer, or not even that, and tells when its client is gone. */
const hanging = createServer((request, response) => {
  asked?.();
  response.on('close', () => gone?.());
  request.resume();
  if (begins) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const delta = { choices: [{ index: 0, delta: { role: 'assistant', content: 'It is' } }] };
    response.write(`data: ${JSON.stringify({ id: 'x', created: 1, model: 'm', ...delta })}\n\n`);
  }
});
let asked: (() => void) | undefined;
let gone: (() => void) | undefined;
let begins = false;
const scripted = new ScriptedServer();
beforeAll(async () => {
  await scripted.start();
  await new Promise<void>((resolve) => {
    hanging.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  await scripted.stop();
  hanging.closeAllConnections();
  hanging.close();
});

const model = () =>
  new ChatOpenAI({
    model: 'small',
    apiKey: 'none',
    maxRetries: 0,
    configuration: { baseURL: `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/v1` },
  });
const context = createHandoffContext({
  sourceAgentId: 'user',
  targetAgentId: 'subject',
  originalTask: 'Where is order 7?',
});
const kinds: [string, () => RunnableLike][] = [
  ['a chat model', model],
  ['a chain', () => model().pipe(new StringOutputParser())],
  ['createAgent', () => createAgent({ model: model() })],
];

describe('an abort', () => {
  for (const [kind, make] of kinds) {
    for (const way of ['whole', 'streamed'] as const) {
      const options = way === 'streamed' ? { onEvent: () => {} } : {};

      test(`${kind}, ${way}: rejects with the reason, and the server sees the client go`, async () => {
        begins = way === 'streamed';
        const arrived = new Promise<void>((resolve) => {
          asked = resolve;
        });
        const left = new Promise<void>((resolve) => {
          gone = resolve;
        });
        const controller = new AbortController();
        const reason = new Error('no longer wanted');
        const agent = fromLangChain(make(), { id: 'subject' });
        const settled = agent
          .receiveHandoff(context, { ...options, signal: controller.signal })
          .catch((thrown: unknown) => thrown);
        await arrived;
        controller.abort(reason);
        expect(await settled).toBe(reason);
        await left;
      });

      test(`${kind}, ${way}: before it begins asks nobody`, async () => {
        let requests = 0;
        asked = () => {
          requests++;
        };
        const reason = new Error('too late');
        const agent = fromLangChain(make(), { id: 'subject' });
        const signal = AbortSignal.abort(reason);
        await expect(agent.receiveHandoff(context, { ...options, signal })).rejects.toBe(reason);
        expect(requests).toBe(0);
      });
    }
  }

  test('of the run around it reaches a target', async () => {
    begins = false;
    const controller = new AbortController();
    const reason = new Error('the outer run is over');
    asked = () => controller.abort(reason);
    const target = fromLangChain(model(), { id: 'subject' });
    let inner: unknown;
    const ask = tool(
      async () => {
        inner = await target.receiveHandoff(context).catch((thrown: unknown) => thrown);
        return 'asked';
      },
      { name: 'ask', description: 'Asks.', schema: z.object({}) },
    );
    const outer = createAgent({ model: scripted.model([calls('c', ['ask', {}])]), tools: [ask] });
    const input = { messages: [{ role: 'user' as const, content: 'Go' }] };
    await expect(outer.invoke(input, { signal: controller.signal })).rejects.toThrow();
    await expect.poll(() => inner).toBe(reason);
  });
});
