import {
  createHandoffAgent,
  type HandoffAgent,
  type HandoffAgentOptions,
  type HandoffContext,
} from '@agent-handoff/core';
import type { HandoffModel } from '@agent-handoff/core/adapter';
import type { ToolHistory } from '../messages/tool-history.ts';
import { type ChatModel, langchainModel } from '../model/langchain-model.ts';
import { trackRuns } from '../run/run-config.ts';
import { toTrace } from '../run/to-trace.ts';
import { type RunnableLike, toRunnable } from './runnable-input.ts';
import { type MakeRunnable, runnableModel } from './runnable-model.ts';

/** What `fromLangChain` takes beside the runnable: the options of an agent, without a model. */
export type FromLangChainOptions = HandoffAgentOptions & {
  readonly model?: never;
  /** What becomes of earlier tool calls where no tools are offered; default `text`. */
  readonly toolHistory?: ToolHistory;
  /**
   * Where tokens are counted: in the messages that the runnable answers, or at its model calls, which
   * costs about a millisecond and sees also calls whose messages a parser drops. Default `messages` for
   * graphs and agents, `callbacks` for chains.
   */
  readonly usage?: 'messages' | 'callbacks';
};

/**
 * Anything of LangChain as an agent that receives handoffs: a chat model, a chain, an agent of
 * `createAgent`, a compiled graph. It is told what is to be done in a human message. A function is
 * called for every run with the handoff tools of that run, to make a runnable that has them:
 *
 * `receiveHandoff` rejects like `createHandoffAgent`'s, with the signal's reason on an abort, with
 * `AGENT_FAILED` where the runnable throws, and with `INCOMPLETE` where a graph meets its recursion limit.
 * `systemPrompt` and `tools` are for chat models; other runnables bring theirs.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for what isn't any of these, and as `createHandoffAgent`.
 *
 * @example
 * const billing = fromLangChain(createAgent({ model, tools: [refund] }), { id: 'billing' });
 * const triage = fromLangChain(({ tools }) => createAgent({ model, tools: [search, ...tools] }), {
 *   id: 'triage',
 *   canTransferTo: ['billing'],
 * });
 */
export function fromLangChain<const Options extends FromLangChainOptions>(
  given: ChatModel | RunnableLike | MakeRunnable,
  options: Options,
): ReturnType<typeof createHandoffAgent<Options>> {
  trackRuns();
  const { toolHistory = 'text', usage, ...declared } = options as FromLangChainOptions;
  const base = createHandoffAgent(declared);
  const makeModel = modelMaker(given, toolHistory, usage);
  const receiveHandoff: HandoffAgent['receiveHandoff'] = (context, receiveOptions) =>
    withModel(base, makeModel(context)).receiveHandoff(context, receiveOptions);
  const { withModel: _, ...fixed } = base;
  const agent = isChatModel(given) ? { ...base, receiveHandoff } : { ...fixed, receiveHandoff };
  return Object.freeze(agent) as unknown as ReturnType<typeof createHandoffAgent<Options>>;
}

const withModel = (agent: HandoffAgent, model: HandoffModel): HandoffAgent =>
  agent.withModel?.(model) ?? agent;

function modelMaker(
  given: ChatModel | RunnableLike | MakeRunnable,
  toolHistory: ToolHistory,
  usage: FromLangChainOptions['usage'],
): (context: HandoffContext) => HandoffModel {
  if (isChatModel(given)) {
    return (context) => {
      const { metadata, tags } = toTrace(context);
      return langchainModel(given, { toolHistory, trace: { metadata, tags } });
    };
  }
  const make = typeof given === 'function' ? given : (): RunnableLike => given;
  if (typeof given !== 'function') toRunnable(given);
  return (context) => runnableModel({ make, usage, toolHistory }, context);
}

function isChatModel(given: ChatModel | RunnableLike | MakeRunnable): given is ChatModel {
  const { _modelType } = given as { _modelType?(): string };
  return typeof _modelType === 'function' && _modelType.call(given) === 'base_chat_model';
}
