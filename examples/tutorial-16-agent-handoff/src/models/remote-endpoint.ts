import { type Exchange, type ModelEndpoint, systemPromptOf } from './model-endpoint.ts';

/** An API somewhere else. Its log is kept by the `fetch` that the client calls it with. */
export function remoteEndpoint(baseUrl: string): ModelEndpoint {
  const exchanges: Exchange[] = [];
  const loggingFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const request = typeof init?.body === 'string' ? init.body : '{}';
    const systemPrompt = systemPromptOf(JSON.parse(request));
    const entry = { systemPrompt, request, answer: '' };
    exchanges.push(entry);
    if (!isStream(response)) entry.answer = await response.clone().text();
    return response;
  };
  return {
    name: 'OPENAI_BASE_URL',
    baseUrl,
    logKeeper: "the client's log of requests",
    fetch: loggingFetch,
    exchanges: () => [...exchanges],
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Its pieces go to the reader as they come, and are not logged. */
function isStream({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('text/event-stream') ?? false;
}
