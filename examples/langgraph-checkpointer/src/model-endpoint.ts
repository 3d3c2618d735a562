import { strictModelServer } from '@agent-handoff/testing/model-server';
import { respond } from './local-model.ts';

/** Where the models are. */
export interface ModelEndpoint extends AsyncDisposable {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
}

/** The endpoint that the environment names, or a model server on this machine. */
export async function modelEndpoint(env = process.env): Promise<ModelEndpoint> {
  const { OPENAI_BASE_URL, OPENAI_API_KEY = 'none', MODEL = 'local-model' } = env;
  if (OPENAI_BASE_URL !== undefined) {
    return {
      baseUrl: OPENAI_BASE_URL,
      apiKey: OPENAI_API_KEY,
      model: MODEL,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const server = await strictModelServer({ respond });
  return {
    baseUrl: server.url,
    apiKey: 'none',
    model: MODEL,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
