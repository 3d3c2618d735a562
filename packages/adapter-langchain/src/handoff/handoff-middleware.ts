import type { HandoffManager, HandoffReason } from '@agent-handoff/core';
import { HandoffError } from '@agent-handoff/core/adapter';
import { DynamicStructuredTool } from '@langchain/core/tools';
import { type AgentMiddleware, createMiddleware } from 'langchain';
import { callKey } from './calling-message.ts';
import { HandoffRunnable } from './handoff-runnable.ts';
import { type TargetInput, targetInputSchema, targetOf, toDescription } from './target-input.ts';
import { settledAnswers, toAnswerMessage, toState, transferTurn } from './transfer-turn.ts';

/** What `handoffMiddleware` takes. */
export interface HandoffMiddlewareOptions {
  readonly manager: HandoffManager;
  /** The id under which the manager knows the agent that has this middleware. */
  readonly source: string;
  /** Where it may hand the conversation; default what the source's `canTransferTo` and `canEscalateTo` list. */
  readonly targets?: readonly string[];
  /** Also hands on the last five messages of the conversation; default true. */
  readonly keepMessages?: boolean;
}

/**
 * Lets an agent of `createAgent` hand its conversation on: a tool `transfer_to_<id>` or
 * `escalate_to_<id>` for each target. When all calls of the turn are answered, the first transfer that
 * the model asked for is made, with the results of the other tools; the target's answer becomes the
 * agent's, which ends without another model call. A transfer that is refused is told to the model.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a source or target that the manager doesn't have, and
 * for no target at all.
 *
 * @example
 * const agent = createAgent({ model, tools: [search], middleware: [handoffMiddleware({ manager, source: 'triage' })] });
 */
export function handoffMiddleware(options: HandoffMiddlewareOptions): AgentMiddleware {
  const { manager, source, keepMessages = true } = options;
  const routes = toRoutes(manager, source, options.targets);
  const targets = new Map([...routes].map(([name, { target }]) => [name, target]));
  const handoff = HandoffRunnable.from(manager, { source, keepMessages });
  return createMiddleware({
    name: 'HandoffMiddleware',
    tools: [...routes].map(([name, route]) => toTool(manager, name, route)),
    beforeModel: {
      canJumpTo: ['end'],
      hook: async ({ messages }, runtime) => {
        const turn = transferTurn(messages, targets);
        if (turn === undefined) return undefined;
        const { call, caller } = turn;
        const { target, reason } = routes.get(call.name) as Route;
        const input = {
          target,
          reason,
          state: toState(source, messages),
          ...(call.args as TargetInput),
        };
        const { configurable = {} } = runtime;
        try {
          const result = await handoff.invoke(input, callKey({ configurable }, caller, call.id));
          const answers = [...settledAnswers(turn, result, target), toAnswerMessage(result)];
          return { messages: answers, jumpTo: 'end' as const };
        } catch (thrown) {
          if (!HandoffError.isInstance(thrown) || runtime.signal?.aborted) throw thrown;
          return { messages: settledAnswers(turn, thrown, target) };
        }
      },
    },
  }) as AgentMiddleware;
}

interface Route {
  readonly target: string;
  readonly reason: HandoffReason;
}

/** By the names of their tools. */
function toRoutes(
  manager: HandoffManager,
  source: string,
  given: readonly string[] | undefined,
): ReadonlyMap<string, Route> {
  const { canTransferTo = [], canEscalateTo = [] } = targetOf(manager, source);
  const routes = new Map<string, Route>();
  for (const target of given ?? canTransferTo) {
    if (given && canEscalateTo.includes(target) && !canTransferTo.includes(target)) continue;
    routes.set(`transfer_to_${target}`, { target, reason: 'specialization' });
  }
  for (const target of canEscalateTo) {
    if (given && !given.includes(target)) continue;
    routes.set(`escalate_to_${target}`, { target, reason: 'escalation' });
  }
  if (routes.size > 0) return routes;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `The agent "${source}" has nobody to hand to: give it canTransferTo or canEscalateTo, or the middleware targets.`,
    { details: { source } },
  );
}

/** The tool only takes the wish down: it is made when the whole turn is answered. */
function toTool(
  manager: HandoffManager,
  name: string,
  { target, reason }: Route,
): DynamicStructuredTool {
  const agent = targetOf(manager, target);
  const does =
    reason === 'escalation'
      ? 'Hands the conversation to {name}, a higher authority.'
      : 'Hands the conversation to {name}, who answers in your place.';
  return new DynamicStructuredTool({
    name,
    description: toDescription(does, agent),
    schema: targetInputSchema(agent) as Record<string, unknown>,
    verboseParsingErrors: true,
    func: async () => `Asked to hand on to ${target}.`,
  });
}
