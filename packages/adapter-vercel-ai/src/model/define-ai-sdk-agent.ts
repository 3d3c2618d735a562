import type { createHandoffAgent, HandoffAgentOptions } from '@agent-handoff/core';
import {
  checkOptions,
  declaredOptions,
  type NoOthers,
  toJsonSchema,
} from '@agent-handoff/core/adapter';
import { type FromAiSdkOptions, fromAiSdk } from '../receive/from-ai-sdk.ts';
import type { AiSdkAgentDefinition, AiSdkAgentSettings } from '../swap/ai-sdk-agent-definition.ts';
import { segmentOf } from '../swap/segment.ts';
import { loopAgent } from './loop-agent.ts';

type Declared = HandoffAgentOptions extends infer Options
  ? Options extends HandoffAgentOptions
    ? Omit<Options, 'model' | 'systemPrompt' | 'tools'>
    : never
  : never;

/** What `defineAiSdkAgent` takes: what an agent declares, and the settings of its model calls. */
export type DefineAiSdkAgentOptions = Declared &
  AiSdkAgentSettings & {
    /** The most model calls of one answer to a handoff; default 20. */
    readonly maxSteps?: number;
  };

const optionNames = {
  ...declaredOptions,
  model: true,
  instructions: true,
  tools: true,
  maxSteps: true,
} satisfies Record<keyof DefineAiSdkAgentOptions, true>;

/** The `HandoffAgent` that `createHandoffAgent` makes of the same declarations. */
type AgentOf<Options extends DefineAiSdkAgentOptions> =
  Omit<Options, keyof AiSdkAgentSettings | 'maxSteps'> extends infer Rest
    ? Rest extends HandoffAgentOptions
      ? ReturnType<typeof createHandoffAgent<Rest>>
      : never
    : never;

/**
 * An agent of the AI SDK whose settings stay known, so that it can also take its turn in a response
 * that it shares with others (`streamHandoffs`). It answers handoffs with a `ToolLoopAgent`, which is
 * given the handoff tools of each run; with a `dataSchema` it is asked for a structured answer.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for what `createHandoffAgent` refuses.
 *
 * @example
 * const billing = defineAiSdkAgent({
 *   id: 'billing',
 *   model: openai('gpt-5'),
 *   instructions: 'You settle questions about invoices.',
 *   tools: { refund },
 *   canEscalateTo: ['finance-lead'],
 * });
 */
export function defineAiSdkAgent<const Options extends DefineAiSdkAgentOptions>(
  options: Options & NoOthers<Options, DefineAiSdkAgentOptions>,
): AgentOf<Options> & { readonly settings: AiSdkAgentSettings } {
  checkOptions('defineAiSdkAgent', options, optionNames);
  const {
    model,
    instructions,
    tools = {},
    maxSteps,
    ...declared
  } = options as DefineAiSdkAgentOptions;
  const { dataSchema } = declared as HandoffAgentOptions;
  const outputSchema = dataSchema && toJsonSchema(dataSchema, 'dataSchema');
  const agent = fromAiSdk(
    (binding) =>
      loopAgent(model, {
        instructions,
        tools: { ...tools, ...binding.tools },
        maxSteps,
        outputSchema,
      }),
    declared as FromAiSdkOptions,
  );
  const settings = { model, tools, ...(instructions === undefined ? {} : { instructions }) };
  const definition: AiSdkAgentDefinition = {
    ...agent,
    settings: Object.freeze(settings),
    receiveHandoff: (context, receive = {}) =>
      segmentOf(context)?.receive(receive) ?? agent.receiveHandoff(context, receive),
  };
  return Object.freeze(definition) as unknown as ReturnType<typeof defineAiSdkAgent<Options>>;
}
