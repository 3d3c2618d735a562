import { type JournalEntry, LLMock } from '@copilotkit/aimock';

type ResponseFactory = Extract<Parameters<LLMock['on']>[1], (...args: never[]) => unknown>;
/** What the server answers to one request. */
export type ScriptedResponse = Awaited<ReturnType<ResponseFactory>>;
/** How it answers: delays, chunks, broken connections. */
export type ScriptOptions = NonNullable<Parameters<LLMock['on']>[2]>;

/** A body of OpenAI's chat completions, as far as tests look into it. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly {
    readonly role: string;
    readonly content: unknown;
    readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[];
    readonly tool_call_id?: string;
  }[];
  readonly [key: string]: unknown;
}

/** aimock on a free port of this machine, answering from a script: one response per request, in order. */
export class ModelServer {
  readonly mock = new LLMock({ port: 0, logLevel: 'silent' });

  async start(): Promise<void> {
    await this.mock.start();
  }

  stop(): Promise<void> {
    return this.mock.stop();
  }

  get baseURL(): string {
    return `${this.mock.url}/v1`;
  }

  /** Forgets the last script; the response after the last is an error. */
  script(responses: readonly ScriptedResponse[], options: ScriptOptions = {}): void {
    this.mock.reset();
    let next = 0;
    this.mock.on(
      {},
      () => responses[next++] ?? { error: { message: 'the script is over' }, status: 400 },
      options,
    );
  }

  /** Answers each request from its body. */
  answer(respond: (body: ChatBody) => ScriptedResponse, options: ScriptOptions = {}): void {
    this.mock.reset();
    this.mock.on({}, (body) => respond(body as unknown as ChatBody), options);
  }

  get requests(): readonly JournalEntry[] {
    return this.mock.getRequests();
  }

  get bodies(): readonly ChatBody[] {
    return this.requests.map(({ body }) => body as unknown as ChatBody);
  }
}
