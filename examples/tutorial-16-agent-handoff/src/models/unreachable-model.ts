import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { aiSdkModel } from '@agent-handoff/adapter-vercel-ai/model';
import type { HandoffModel } from '@agent-handoff/core';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';

/** A model whose server is down: a port of this machine that nobody listens on. */
export async function unreachableModel(): Promise<HandoffModel> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const provider = createOpenAICompatible({
    name: 'unreachable',
    baseURL: `http://127.0.0.1:${port}/v1`,
  });
  return aiSdkModel(provider('any-model'), { maxRetries: 0 });
}
