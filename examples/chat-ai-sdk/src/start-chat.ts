import type { AddressInfo } from 'node:net';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { buildPage } from './build-page.ts';
import { createApp } from './create-app.ts';
import { localModel } from './local-model.ts';

/** A running chat. */
export interface RunningChat extends AsyncDisposable {
  readonly url: string;
  /** Where its models are. */
  readonly modelUrl: string;
}

/** What is read of the environment. */
export interface ChatSettings {
  /** An OpenAI-compatible API; default a model server on this machine that plays the agents. */
  readonly OPENAI_BASE_URL?: string;
  readonly OPENAI_API_KEY?: string;
  /** Needed with `OPENAI_BASE_URL`. */
  readonly MODEL?: string;
  /** Default a free one. */
  readonly PORT?: string;
}

/** Builds the page and starts the server, with a model server where no other is named. */
export async function startChat(settings: ChatSettings): Promise<RunningChat> {
  const { OPENAI_BASE_URL, OPENAI_API_KEY = 'none', MODEL, PORT = '0' } = settings;
  if (OPENAI_BASE_URL !== undefined && MODEL === undefined) {
    throw new Error('OPENAI_BASE_URL is set: say which model in MODEL, too.');
  }
  const local = OPENAI_BASE_URL === undefined ? await localModel() : undefined;
  const modelUrl = OPENAI_BASE_URL ?? local?.url ?? '';
  const provider = createOpenAICompatible({
    name: 'chat',
    baseURL: modelUrl,
    apiKey: OPENAI_API_KEY,
    includeUsage: true,
  });
  const app = createApp((agentId) => provider(MODEL ?? agentId), await buildPage());
  const server = app.listen(Number(PORT), '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    modelUrl,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await local?.close();
    },
  };
}
