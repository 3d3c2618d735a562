import {
  HandoffError,
  type ModelAnswer,
  type ModelRequest,
  type Usage,
} from '@agent-handoff/core/adapter';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { answerText } from '../messages/answer-text.ts';
import { askedMessages } from '../messages/asked-messages.ts';
import { fromLangChainMessages } from '../messages/from-langchain-messages.ts';
import { fromStreamedMessages } from '../messages/message-id.ts';
import { placeIn, toPaused } from '../run/interrupt.ts';
import { ambientConfig, anySignal, nestedConfig } from '../run/run-config.ts';
import { isBubbleUp, toErrorText, toHandoffError } from '../run/to-handoff-error.ts';
import type { Trace } from '../run/to-trace.ts';
import { answerTool, withAnswerTool } from './answer-tool.ts';
import type { ChatModel } from './langchain-model.ts';
import { toLangChainTool } from './to-langchain-tool.ts';
import { toStatus, toUsage } from './to-usage.ts';
import { withSoundCalls } from './with-sound-calls.ts';

/** How a tool loop is run. */
export interface ToolLoopOptions {
  /** The most model calls; a model that still calls tools then is `incomplete`. */
  readonly maxSteps: number;
  /** What the model's runs are found by in traces. */
  readonly trace?: Partial<Trace>;
}

/** One `generate` of a chat model: asks it, runs the tools that it calls, and goes on until it has answered. */
export async function runToolLoop(
  model: ChatModel,
  options: ToolLoopOptions,
  request: ModelRequest,
): Promise<ModelAnswer> {
  const ambient = ambientConfig();
  const signal = anySignal(request.signal, ambient?.signal);
  signal.throwIfAborted();
  const config = nestedConfig(ambient, { ...options.trace, signal });
  const loop = new ToolLoop(model, options, request, config, signal);
  try {
    return await loop.run();
  } catch (thrown) {
    signal.throwIfAborted();
    const paused = toPaused(thrown, ambient, loop.usage);
    if (paused) return paused;
    throw toHandoffError(thrown, `The model "${nameOf(model)}"`);
  }
}

const nameOf = (model: ChatModel): string => {
  const { model: id } = model as { readonly model?: unknown };
  return typeof id === 'string' ? id : model.getName();
};

class ToolLoop {
  readonly #model: ChatModel;
  readonly #maxSteps: number;
  readonly #request: ModelRequest;
  readonly #config: RunnableConfig;
  readonly #tools: ReadonlyMap<string, DynamicStructuredTool>;
  readonly #asked: readonly BaseMessage[];
  readonly #added: BaseMessage[] = [];
  #turnEnded = false;
  #data: { readonly value: unknown } | undefined;

  constructor(
    model: ChatModel,
    { maxSteps }: ToolLoopOptions,
    request: ModelRequest,
    config: RunnableConfig,
    signal: AbortSignal,
  ) {
    const answer = withAnswerTool(request, (value) => {
      this.#data = { value };
    });
    const onTurnEnd = (): void => {
      this.#turnEnded = true;
    };
    const run = { tools: answer.tools, signal, onTurnEnd };
    const tools = answer.tools.map((tool) => toLangChainTool(tool, () => run));
    this.#asked = askedMessages({ ...request, ...answer });
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#model = tools.length === 0 ? model : bound(model, tools);
    this.#maxSteps = maxSteps;
    this.#request = request;
    this.#config = config;
  }

  get usage(): Usage {
    return toUsage(this.#added);
  }

  async run(): Promise<ModelAnswer> {
    for (let step = 1; step <= this.#maxSteps; step++) {
      const { message, broken } = withSoundCalls(await this.#ask());
      this.#added.push(message);
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) return this.#answer(message);
      this.#added.push(
        ...(await Promise.all(calls.map((call) => this.#runTool(call, broken.get(call.id ?? ''))))),
      );
      if (this.#turnEnded) return this.#answer(message);
    }
    return this.#answer(undefined);
  }

  async #ask(): Promise<AIMessage> {
    const messages = [...this.#asked, ...this.#added];
    const { onEvent } = this.#request;
    if (!onEvent) return this.#model.invoke(messages, this.#config);
    let whole: AIMessage | undefined;
    for await (const chunk of await this.#model.stream(messages, this.#config)) {
      whole = whole === undefined ? chunk : (whole as typeof chunk).concat(chunk);
      if (chunk.text !== '') onEvent({ type: 'output-delta', delta: chunk.text });
    }
    return whole ?? new AIMessage('');
  }

  async #runTool(call: ToolCall, brokenArguments: string | undefined): Promise<ToolMessage> {
    const { name, id = '' } = call;
    if (name !== answerTool) {
      this.#request.onEvent?.({ type: 'tool-called', toolCallId: id, toolName: name });
    }
    const failed = (content: string): ToolMessage =>
      new ToolMessage({ content, name, tool_call_id: id, status: 'error' });
    const tool = this.#tools.get(name);
    if (tool === undefined) {
      return failed(
        `There is no tool "${name}". There are: ${[...this.#tools.keys()].join(', ')}.`,
      );
    }
    if (brokenArguments !== undefined) {
      return failed(
        `The arguments of this call are not JSON, so it was not run: ${brokenArguments}`,
      );
    }
    try {
      return await tool.invoke({ ...call, type: 'tool_call' }, this.#config);
    } catch (thrown) {
      if (isBubbleUp(thrown) || this.#config.signal?.aborted) throw thrown;
      return failed(toErrorText(thrown));
    }
  }

  #answer(last: AIMessage | undefined): ModelAnswer {
    return {
      status: last === undefined ? 'incomplete' : this.#turnEnded ? 'completed' : toStatus(last),
      output: answerText(last),
      ...(this.#data === undefined ? {} : { data: this.#data.value }),
      messages: placeIn(this.#config)
        ? fromStreamedMessages(this.#added)
        : fromLangChainMessages(this.#added),
      usage: this.usage,
    };
  }
}

type ToolCall = NonNullable<AIMessage['tool_calls']>[number];

function bound(model: ChatModel, tools: DynamicStructuredTool[]): ChatModel {
  const { bindTools } = model as { bindTools?(tools: DynamicStructuredTool[]): ChatModel };
  if (bindTools) return bindTools.call(model, tools);
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The model "${nameOf(model)}" can't bind tools: wrap the chat model itself, not a runnable around it.`,
  );
}
