import type { HandoffManager } from '@agent-handoff/core';
import {
  checkOptions,
  type HandoffAgent,
  HandoffError,
  type HandoffToolSpec,
  handoffToolSpecs,
} from '@agent-handoff/core/adapter';
import { type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { Command } from '@langchain/langgraph';
import { type AgentMiddleware, createMiddleware } from 'langchain';
import { structuredTool } from '../model/to-langchain-tool.ts';
import { ambientConfig } from '../run/run-config.ts';
import { callKey } from './calling-message.ts';
import { HandoffRunnable } from './handoff-runnable.ts';
import { onceInGraph } from './once-in-graph.ts';
import { type HandoffToolInput, targetOf } from './target-of.ts';
import {
  askedFor,
  lostAnswers,
  settledAnswers,
  toAnswerMessage,
  toAsked,
  toState,
  transferTurn,
} from './transfer-turn.ts';

/** What `handoffMiddleware` takes. */
export interface HandoffMiddlewareOptions<Agent extends HandoffAgent = HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  /** The id under which the manager knows the agent that has this middleware. */
  readonly source: Agent['id'];
}

const optionNames = {
  manager: true,
  source: true,
} satisfies Record<keyof HandoffMiddlewareOptions, true>;

/**
 * Lets an agent of `createAgent` hand its conversation on: a tool `transfer_to_<id>` or
 * `escalate_to_<id>` for each target. When all calls of the turn are answered, the first transfer that
 * the model asked for is made, with the last five messages and so the results of the other tools, in the
 * place of the next model call; the target's answer becomes the agent's. A transfer that is refused is
 * told to the model, and so is, when it is asked next, one that was not made because another middleware
 * ended the agent before that.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a source that the manager doesn't have, and for no target.
 *
 * @example
 * const agent = createAgent({ model, tools: [search], middleware: [handoffMiddleware({ manager, source: 'triage' })] });
 */
export function handoffMiddleware<Agent extends HandoffAgent>(
  options: HandoffMiddlewareOptions<Agent>,
): AgentMiddleware {
  checkOptions('handoffMiddleware', options, optionNames);
  const { manager, source } = options as unknown as HandoffMiddlewareOptions;
  const routes = toRoutes(manager, source);
  const handoff = HandoffRunnable.from(manager, { source, keepMessages: true });
  return createMiddleware({
    name: 'HandoffMiddleware',
    tools: [...routes.values()].map(toTool),
    wrapModelCall: async (request, handler) => {
      const { messages } = request.state;
      /** Asks the model after all, which is told what became of transfers. */
      const goOn = async (settled: readonly ToolMessage[]) => {
        const said = await handler({ ...request, messages: replaced(request.messages, settled) });
        // LangChain adds what the model has said; only beside a structured answer it must be told here.
        if (!('structuredResponse' in said)) return new Command({ update: { messages: settled } });
        const { messages: added } = said as typeof said & { readonly messages: BaseMessage[] };
        return Object.assign(said, { messages: [...settled, ...added] });
      };
      const turn = transferTurn(messages, routes);
      if (turn === undefined) {
        const lost = lostAnswers(messages, routes);
        return lost.length === 0 ? handler(request) : goOn(lost);
      }
      const { call, caller } = turn;
      const { target, reason } = routes.get(call.name) as HandoffToolSpec;
      const input = {
        target,
        reason,
        state: toState(source, messages),
        ...toAsked(call.args as HandoffToolInput, messages),
      };
      try {
        const result = await onceInGraph(
          manager,
          callKey(ambientConfig(), caller, call.id),
          (key) => handoff.invoke(input, key),
        );
        const answers = [...settledAnswers(turn, result, target), toAnswerMessage(result)];
        return new Command({ update: { messages: answers } });
      } catch (thrown) {
        if (!HandoffError.isInstance(thrown) || request.runtime.signal?.aborted) throw thrown;
        return goOn(settledAnswers(turn, thrown, target));
      }
    },
  }) as AgentMiddleware;
}

/** The messages with these in the places of those that answer the same calls. */
function replaced(
  messages: readonly BaseMessage[],
  answers: readonly ToolMessage[],
): BaseMessage[] {
  return messages.map((message) =>
    ToolMessage.isInstance(message)
      ? (answers.find((each) => each.tool_call_id === message.tool_call_id) ?? message)
      : message,
  );
}

/** The tools of the transfers and escalations, by their names. */
function toRoutes(manager: HandoffManager, source: string): ReadonlyMap<string, HandoffToolSpec> {
  const specs = handoffToolSpecs(targetOf(manager, source), manager.agents).filter(
    ({ verb }) => verb !== 'delegate',
  );
  if (specs.length > 0) return new Map(specs.map((spec) => [spec.name, spec]));
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The agent "${source}" has nobody to hand to: give it canTransferTo or canEscalateTo.`,
    { details: { source } },
  );
}

/** The tool only takes the wish down: the transfer is made when the whole turn is answered. */
const toTool = (spec: HandoffToolSpec): DynamicStructuredTool =>
  structuredTool(spec, async () => askedFor(spec.target));
