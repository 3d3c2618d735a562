import {
  createHandoffAgent,
  type HandoffAgent,
  type HandoffAgentOptions,
  HandoffError,
} from '@agent-handoff/core';
import { checkOptions, declaredOptions, type NoOthers } from '@agent-handoff/core/adapter';
import type { AiSdkAgentSource } from './ai-sdk-agent.ts';
import { runAgent } from './run-agent.ts';

/** What `fromAiSdk` takes beside the agent; one of `id` and `name` is needed. */
export type FromAiSdkOptions = HandoffAgentOptions & {
  readonly model?: never;
  readonly systemPrompt?: never;
  readonly tools?: never;
};

/** What an agent of the AI SDK brings itself, which is said where it is given. */
const broughtNames = { model: true, systemPrompt: true, tools: true } as const;

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
 * @throws HandoffError `INVALID_CONFIGURATION` for what `createHandoffAgent` refuses, for what is no
 * agent of the AI SDK, and for one that is not a function but declares whom it hands work to.
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
  options: Options & NoOthers<Options, FromAiSdkOptions>,
): ReturnType<typeof createHandoffAgent<Options>> {
  checkOptions('fromAiSdk', options, declaredOptions, broughtNames);
  checkSource(agent, options);
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

/** @throws HandoffError `INVALID_CONFIGURATION`: the types say it, and JavaScript doesn't read them. */
function checkSource(agent: AiSdkAgentSource, options: FromAiSdkOptions): void {
  const agentId = options.id ?? options.name;
  if (typeof agent !== 'function' && typeof agent?.generate !== 'function') {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `What agent "${agentId}" is made of is no agent of the AI SDK: pass a ToolLoopAgent, or another with generate and stream, or a function that makes one.`,
      { details: { agentId } },
    );
  }
  const option = (Object.keys(broughtNames) as (keyof typeof broughtNames)[]).find(
    (name) => name in options,
  );
  if (option === undefined) return;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    `Nothing reads ${option} of agent "${agentId}": an agent of the AI SDK brings its own instructions, tools and model.`,
    { details: { agentId, option } },
  );
}

type Scope = readonly string[];

/** The scopes that leave anything out. */
const narrow = (scopes: readonly (Scope | undefined)[]): Scope[] =>
  scopes.filter((scope) => scope !== undefined).filter((scope) => !scope.includes('*'));
