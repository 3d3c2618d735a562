import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromLangChain, type RunnableLike } from '@agent-handoff/adapter-langchain';
import { handoffNode } from '@agent-handoff/adapter-langchain/langgraph';
import { createHandoffContext, createHandoffManager, type HandoffError } from '@agent-handoff/core';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
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
let asked: (() => unknown) | undefined;
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

  for (const [kind, make] of kinds) {
    test(`${kind}, inside of a graph: a handoff that is cancelled reaches its provider, though the graph goes on`, async () => {
      begins = false;
      const left = new Promise<void>((resolve) => {
        gone = resolve;
      });
      const manager = createHandoffManager({ agents: [fromLangChain(make(), { id: 'subject' })] });
      const node = handoffNode({ manager, target: 'subject' });
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('work', (state, config) =>
          node(state, config).catch(({ code }: HandoffError) => ({ messages: [code] })),
        )
        .addEdge(START, 'work')
        .compile();
      asked = async () => {
        const [entry] = await manager.history();
        await manager.cancel(entry?.handoffId ?? '');
      };
      const { messages } = await graph.invoke({ messages: ['Where is order 7?'] });
      expect(messages.at(-1)?.text).toBe('CANCELLED');
      await left;
    });
  }
});
