import { setTimeout } from 'node:timers/promises';
import { strictModelServer } from '@agent-handoff/testing/model-server';
import { type ChatBody, respond, toolCallOf } from './local-model.ts';
import { type ModelEndpoint, systemPromptOf } from './model-endpoint.ts';

/** What the server says to a request, where it calls no tool. */
export type Respond = (body: ChatBody) => string;

/** So that what runs at once can be seen to. */
const thinkingMs = 40;

/** A model server on a free port of this machine: aimock, strict about what it is sent. */
export async function localEndpoint(answer: Respond = respond): Promise<ModelEndpoint> {
  // aimock's journal holds what was asked. What was answered is kept here, by the journal's own body.
  const answers = new WeakMap<object, string>();
  const server = await strictModelServer({
    async respond(body) {
      await setTimeout(thinkingMs);
      const tool = toolCallOf(body);
      if (tool !== undefined) return { toolCalls: [{ name: tool, arguments: '{}' }] };
      const content = answer(body);
      answers.set(body, content);
      return { content };
    },
    latencyMs: 8,
    chunkSize: 12,
  });
  return {
    name: 'aimock, on this machine',
    baseUrl: server.url,
    logKeeper: "the model server's journal",
    exchanges: () =>
      server.mock.getRequests().map(({ body }) => ({
        systemPrompt: systemPromptOf(body as ChatBody),
        request: JSON.stringify(body),
        answer: answers.get(body as object) ?? '',
      })),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
