import { type StrictModelServer, strictModelServer } from '@agent-handoff/testing/model-server';
import { type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { tool } from 'langchain';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import * as z from 'zod';

type Respond = NonNullable<NonNullable<Parameters<typeof strictModelServer>[0]>['respond']>;
/** What a model answers to one request. */
export type Answer = Awaited<ReturnType<Respond>>;
/** A body of OpenAI's chat completions. */
export type ChatBody = Parameters<Respond>[0];

/** Real clients of OpenAI whose models answer from scripts, behind the strict check. */
export class ScriptedServer {
  readonly #scripts = new Map<string, (body: ChatBody) => Answer | Promise<Answer>>();
  #server: StrictModelServer | undefined;

  async start(): Promise<void> {
    this.#server = await strictModelServer({
      respond: (body) => {
        const script = this.#scripts.get(body.model);
        if (script === undefined) throw new Error(`no script for ${body.model}`);
        return script(body);
      },
      chunkSize: 4,
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** A client with a model of its own: a list is used up one by one, a function answers every time. */
  model(
    script: readonly Answer[] | ((body: ChatBody) => Answer | Promise<Answer>),
    name = `model-${this.#scripts.size}`,
    options: { readonly useResponsesApi?: boolean } = {},
  ): ChatOpenAI {
    let next = 0;
    const over: Answer = { status: 400, error: { message: `the script of ${name} is over` } };
    this.#scripts.set(name, typeof script === 'function' ? script : () => script[next++] ?? over);
    return new ChatOpenAI({
      model: name,
      apiKey: 'none',
      maxRetries: 0,
      configuration: { baseURL: this.url },
      ...options,
    });
  }

  /** What reached a model. */
  bodies(model: ChatOpenAI): ChatBody[] {
    const requests = this.#server?.requests() ?? [];
    return requests
      .map(({ body }) => body as unknown as ChatBody)
      .filter((body) => body.model === model.model);
  }

  /** What was refused, of all models. */
  get problems(): readonly unknown[] {
    return (this.#server?.requests() ?? []).flatMap(({ problems }) => problems);
  }
}

/** A server for the tests of a file, none of which may send it what a strict provider refuses. */
export function scriptedServer(): ScriptedServer {
  const server = new ScriptedServer();
  beforeAll(() => server.start());
  afterEach(() => expect(server.problems).toEqual([]));
  afterAll(() => server.stop());
  return server;
}

/** A tool that takes nothing and finds nothing. */
export const search = tool(() => 'Found nothing', {
  name: 'search',
  description: 'Searches.',
  schema: z.object({}),
});

/** The answers to tool calls among messages. */
export const answersOf = (messages: readonly BaseMessage[]): ToolMessage[] =>
  messages.filter((each) => ToolMessage.isInstance(each));

/** An answer that calls tools: pairs of name and arguments, under ids `c1`, `c2`, … with a prefix. */
export function calls(prefix: string, ...made: readonly (readonly [string, unknown])[]) {
  return {
    toolCalls: made.map(([name, input], place) => ({
      id: `${prefix}${place + 1}`,
      name,
      arguments: typeof input === 'string' ? input : JSON.stringify(input),
    })),
  };
}

/** The tokens of an answer. */
export const tokens = (prompt_tokens: number, completion_tokens: number) => ({
  usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
});
