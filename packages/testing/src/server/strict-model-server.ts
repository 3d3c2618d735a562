import { checkOptions } from '@agent-handoff/core/adapter';
import { type ChatCompletionRequest, type Fixture, LLMock } from '@copilotkit/aimock';
import type { RequestProblem } from '../wire/request-problem.ts';
import type { ReceivedRequest } from './received-request.ts';
import { StrictGate } from './strict-gate.ts';

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

const optionNames = {
  respond: true,
  fixtures: true,
  latencyMs: true,
  chunkSize: true,
  port: true,
} satisfies Record<keyof StrictModelServerOptions, true>;

/** A model server on this machine that refuses what strict providers refuse. */
export interface StrictModelServer extends AsyncDisposable {
  /**
   * The base URL of OpenAI's and Anthropic's APIs, as clients take it: it ends in `/v1`. Gemini's is
   * `/v1beta` on `mock.url`.
   */
  readonly url: string;
  /** aimock itself: its journal with headers and times, chaos, other protocols. */
  readonly mock: LLMock;
  /** What was asked, oldest first, refused requests included. */
  requests(): readonly ReceivedRequest[];
  /** All problems of all requests: empty where nothing was refused. */
  problems(): readonly RequestProblem[];
  close(): Promise<void>;
}

/**
 * Starts aimock on a loopback port with a check in front of it: a request with problems is answered with
 * HTTP 400 and the first of them, in the provider's own form, and no fixture sees it. Needs the optional
 * peer dependency `@copilotkit/aimock`.
 *
 * | route | check |
 * |---|---|
 * | `/v1/chat/completions` | {@link checkOpenAiChatRequest} |
 * | `/v1/responses` | {@link checkOpenAiResponsesRequest} |
 * | `/v1/messages` | {@link checkAnthropicRequest} |
 * | `/v1beta/models/…:generateContent`, `:streamGenerateContent` | {@link checkGeminiRequest} |
 *
 * What aimock serves besides (Ollama, Bedrock, embeddings, …) is neither checked nor listed.
 *
 * @example
 * const server = await strictModelServer({ respond: () => ({ content: 'Hello' }) });
 * const provider = createOpenAICompatible({ name: 'local', baseURL: server.url });
 * …
 * await server.close();
 */
export async function strictModelServer(
  options: StrictModelServerOptions = {},
): Promise<StrictModelServer> {
  checkOptions('strictModelServer', options, optionNames);
  const { respond, fixtures = [], latencyMs = 0, chunkSize = 20, port = 0 } = options;
  const mock = new LLMock({
    port,
    host: '127.0.0.1',
    logLevel: 'silent',
    latency: latencyMs,
    chunkSize,
    journalMaxEntries: 0,
  });
  const gate = new StrictGate();
  // The empty path stands before every route.
  mock.mount('', gate);
  for (const fixture of fixtures) mock.addFixture(fixture);
  if (respond) mock.on({}, respond);
  await mock.start();

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= mock.stop());
  return {
    url: `${mock.url}/v1`,
    mock,
    requests: () => [...gate.received],
    problems: () => gate.received.flatMap(({ problems }) => problems),
    close,
    [Symbol.asyncDispose]: close,
  };
}
