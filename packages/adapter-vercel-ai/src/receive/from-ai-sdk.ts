import {
  createHandoffAgent,
  type HandoffAgent,
  type HandoffAgentOptions,
  HandoffError,
} from '@agent-handoff/core';
import type { AiSdkAgentSource } from './ai-sdk-agent.ts';
import { runAgent } from './run-agent.ts';

/** What `fromAiSdk` takes beside the agent; one of `id` and `name` is needed. */
export type FromAiSdkOptions = HandoffAgentOptions & {
  readonly model?: never;
  readonly systemPrompt?: never;
  readonly tools?: never;
};

/**
 * An agent of the AI SDK (6 or 7) as a `HandoffAgent`: it answers with its own model, instructions,
 * tools and stop conditions. An agent that hands work on itself is made by a function, for each run,
 * with the handoff tools of that run.
 *
 * The report is `completed` where the model ended its answer or a tool handed the work on,
 * `awaiting-approval` where a tool call waits for a person, and `incomplete` where the agent met its
 * step limit or its answer was cut off. Usage is that of all steps. Where somebody listens, the agent
 * streams. `data` is its structured output, where a `dataSchema` is declared. Of its tools only those
 * within the scope of the handoff are offered and run.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for what `createHandoffAgent` refuses, and for an agent
 * that is not a function but declares whom it hands work to.
 *
 * @example
 * const billing = fromAiSdk(new ToolLoopAgent({ model, instructions: 'You settle invoices.' }), { id: 'billing' });
 * const triage = fromAiSdk(({ tools }) => new ToolLoopAgent({ model, tools: { search, ...tools } }), {
 *   id: 'triage',
 *   canTransferTo: ['billing'],
 * });
 */
export function fromAiSdk<const Options extends FromAiSdkOptions>(
  agent: AiSdkAgentSource,
  options: Options,
): ReturnType<typeof createHandoffAgent<Options>> {
  const { canTransferTo = [], canDelegateTo = [], canEscalateTo = [] } = options;
  const paths = [...canTransferTo, ...canDelegateTo, ...canEscalateTo];
  if (typeof agent !== 'function' && paths.length > 0) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `Agent "${options.id ?? options.name}" hands work to ${paths.map((id) => `"${id}"`).join(', ')}, but can't be given the tools for it: pass a function, ({ tools }) => new ToolLoopAgent({ …, tools }).`,
      { details: { agentId: options.id ?? options.name } },
    );
  }
  const within = (scopes: readonly Scope[]) => {
    const made = createHandoffAgent({
      ...options,
      model: { generate: (request) => runAgent({ agentId: made.id }, agent, request, { scopes }) },
    });
    return made;
  };
  // Its model is the AI SDK's: there is no other to give it.
  const { withModel: _, ...open } = within(narrow([options.scope]));
  return Object.freeze({
    ...open,
    receiveHandoff: (context, receive) => {
      const scopes = narrow([options.scope, context.scope]);
      return (scopes.length === 0 ? open : within(scopes)).receiveHandoff(context, receive);
    },
  } satisfies HandoffAgent) as unknown as ReturnType<typeof createHandoffAgent<Options>>;
}

type Scope = readonly string[];

/** The scopes that leave anything out. */
const narrow = (scopes: readonly (Scope | undefined)[]): Scope[] =>
  scopes.filter((scope) => scope !== undefined).filter((scope) => !scope.includes('*'));
