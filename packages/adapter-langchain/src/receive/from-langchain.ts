import {
  createHandoffAgent,
  type HandoffAgent,
  type HandoffAgentOptions,
  type HandoffContext,
} from '@agent-handoff/core';
import {
  HandoffError,
  type HandoffModel,
  type NoOthers,
  type ReceiveOptions,
} from '@agent-handoff/core/adapter';
import { type ChatModel, defaultMaxSteps } from '../model/langchain-model.ts';
import { runToolLoop } from '../model/run-tool-loop.ts';
import { trackRuns } from '../run/run-config.ts';
import { toTrace } from '../run/to-trace.ts';
import { type MakeRunnable, runnableMaker } from './runnable-for.ts';
import { type RunnableLike, toRunnable } from './runnable-input.ts';
import { runnableModel } from './runnable-model.ts';

/** What `fromLangChain` takes beside the runnable: the options of an agent, without a model. */
export type FromLangChainOptions = HandoffAgentOptions & { readonly model?: never };

/**
 * Anything of LangChain as an agent that receives handoffs: a chat model, a chain, an agent of
 * `createAgent`, a compiled graph. It is told what is to be done in a human message.
 *
 * A function makes the runnable for the handoff tools that it is given. It is called by the first run
 * that is offered a set of tools, and what it makes serves all runs that are offered the same, also at
 * the same time: the tools act for the run that they are called in. So it keeps no state of one run.
 *
 * `receiveHandoff` rejects like `createHandoffAgent`'s, with the signal's reason on an abort, with
 * `AGENT_FAILED` where the runnable throws, and with `INCOMPLETE` where a graph meets its recursion limit.
 * `systemPrompt` and `tools` are for chat models; other runnables bring theirs.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for what isn't any of these, for paths or `tools` beside a
 * runnable that is made already, which gets none of them, and as `createHandoffAgent`.
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
  options: Options & NoOthers<Options, FromLangChainOptions>,
): ReturnType<typeof createHandoffAgent<Options>> {
  trackRuns();
  const base = createHandoffAgent(options as FromLangChainOptions);
  if (!isChatModel(given) && typeof given !== 'function') checkMade(options);
  const makeModel = modelMaker(given);
  const receiveHandoff: HandoffAgent['receiveHandoff'] = (context, receiveOptions) =>
    withModel(base, makeModel(context, receiveOptions)).receiveHandoff(context, receiveOptions);
  const { withModel: _, ...fixed } = base;
  const agent = isChatModel(given) ? { ...base, receiveHandoff } : { ...fixed, receiveHandoff };
  return Object.freeze(agent) as unknown as ReturnType<typeof createHandoffAgent<Options>>;
}

const withModel = (agent: HandoffAgent, model: HandoffModel): HandoffAgent =>
  agent.withModel?.(model) ?? agent;

function modelMaker(
  given: ChatModel | RunnableLike | MakeRunnable,
): (context: HandoffContext, options?: ReceiveOptions) => HandoffModel {
  if (isChatModel(given)) {
    return (context) => {
      const { metadata, tags } = toTrace(context);
      const options = { maxSteps: defaultMaxSteps, trace: { metadata, tags } };
      return { generate: (request) => runToolLoop(given, options, request) };
    };
  }
  if (typeof given !== 'function') toRunnable(given);
  const runnableFor = runnableMaker(typeof given === 'function' ? given : () => given);
  return (context, options) => runnableModel(runnableFor, context, options);
}

/** What has its tools already can be given no others. */
function checkMade({ id, name, ...options }: FromLangChainOptions): void {
  const needTools = ['canTransferTo', 'canDelegateTo', 'canEscalateTo', 'tools'] as const;
  const needless = needTools.find((each) => (options[each] ?? []).length > 0);
  if (needless === undefined) return;
  const agentId = id ?? name ?? '';
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `Agent "${agentId}" has ${needless}, but its runnable is made already and gets no tools for it: pass a function, such as ({ tools }) => createAgent({ model, tools }).`,
    { details: { agentId, option: needless } },
  );
}

function isChatModel(given: ChatModel | RunnableLike | MakeRunnable): given is ChatModel {
  const { _modelType } = given as { _modelType?(): string };
  return typeof _modelType === 'function' && _modelType.call(given) === 'base_chat_model';
}
