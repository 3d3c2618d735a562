import { type ChatCompletionRequest, type Fixture, LLMock } from '@copilotkit/aimock';
import { checkOpenAiChatRequest } from '../transcript/check-openai-chat-request.ts';
import type { OpenAiProblem } from '../transcript/openai-problem.ts';

type FixtureResponse = Fixture['response'];
/** What a fixture answers when it is no function. */
type FixedResponse = Exclude<FixtureResponse, (...input: never[]) => unknown>;

/** What {@link strictModelServer} takes; one of `respond` and `fixtures` is needed to get answers. */
export interface StrictModelServerOptions {
  /** Answers every request that no fixture matches, from its body. */
  readonly respond?: (body: ChatCompletionRequest) => FixedResponse | Promise<FixedResponse>;
  /** aimock's fixtures; the first that matches answers. */
  readonly fixtures?: readonly Fixture[];
  /** Milliseconds before an answer, and between the pieces of a streamed one; default 0. */
  readonly latencyMs?: number;
  /** Characters in a piece of a streamed answer; default 20. */
  readonly chunkSize?: number;
  /** Default a free one. */
  readonly port?: number;
}

/** One request that reached the server. */
export interface ReceivedRequest {
  /** A copy of the whole body. */
  readonly body: ChatCompletionRequest;
  /** Why it was answered with HTTP 400; empty where it was served. */
  readonly problems: readonly OpenAiProblem[];
}

/** A model server on this machine that refuses what strict providers refuse. */
export interface StrictModelServer extends AsyncDisposable {
  /** The base URL of OpenAI's API, as clients take it: it ends in `/v1`. */
  readonly url: string;
  /** aimock itself: its journal with headers and times, chaos, other protocols. */
  readonly mock: LLMock;
  /** What was asked, oldest first, refused requests included. */
  requests(): readonly ReceivedRequest[];
  close(): Promise<void>;
}

/**
 * Starts aimock on a loopback port with {@link checkOpenAiChatRequest} in front of it: a chat request
 * with problems is answered with HTTP 400 and the first of them, in OpenAI's form, and no fixture sees
 * it. Needs the optional peer dependency `@copilotkit/aimock`.
 *
 * aimock turns requests of other protocols (Anthropic, Gemini, Ollama, …) into chat requests before it
 * looks for a fixture: those are checked and recorded in that form.
 *
 * @example
 * const server = await strictModelServer({ respond: () => ({ content: 'Hello' }) });
 * const provider = createOpenAICompatible({ name: 'local', baseURL: server.url });
 * …
 * await server.close();
 */
export async function strictModelServer({
  respond,
  fixtures = [],
  latencyMs = 0,
  chunkSize = 20,
  port = 0,
}: StrictModelServerOptions = {}): Promise<StrictModelServer> {
  const mock = new LLMock({
    port,
    host: '127.0.0.1',
    logLevel: 'silent',
    latency: latencyMs,
    chunkSize,
    journalMaxEntries: 0,
  });
  const received: ReceivedRequest[] = [];
  // aimock may look at one request several times.
  const checked = new WeakMap<object, readonly OpenAiProblem[]>();
  const problemsOf = (request: ChatCompletionRequest): readonly OpenAiProblem[] => {
    const known = checked.get(request);
    if (known) return known;
    // What aimock itself adds for its matching is not of the wire.
    const { _endpointType: endpoint, _context, ...body } = request;
    if (endpoint !== undefined && endpoint !== 'chat') return [];
    const problems = checkOpenAiChatRequest(body);
    checked.set(request, problems);
    received.push({ body: structuredClone(body) as ChatCompletionRequest, problems });
    return problems;
  };

  mock.addFixture({
    match: { predicate: (request) => problemsOf(request).length > 0 },
    response: (request) => refusal(problemsOf(request)),
  });
  for (const fixture of fixtures) mock.addFixture(fixture);
  if (respond) mock.on({}, respond);
  await mock.start();

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= mock.stop());
  return {
    url: `${mock.url}/v1`,
    mock,
    requests: () => [...received],
    close,
    [Symbol.asyncDispose]: close,
  };
}

function refusal([first]: readonly OpenAiProblem[]): FixedResponse {
  const { message, param, code } = first ?? { message: 'refused', param: null, code: null };
  return {
    status: 400,
    error: { message, type: 'invalid_request_error', param, ...(code === null ? {} : { code }) },
  };
}
