import {
  type AgentReport,
  createHandoffAgent,
  type HandoffAgent,
  type HandoffAgentOptions,
  type HandoffContext,
  type ReceiveOptions,
} from '@agent-handoff/core';
import { checkOptions, declaredOptions } from '@agent-handoff/core/adapter';
import { hang, never, untilAborted } from './hanging.ts';
import { Script } from './script.ts';
import { scriptedDeltas, scriptedUsage } from './scripted-usage.ts';

/** What a scripted agent does with one handoff. */
export type AgentReply =
  /** Completed, with this output. */
  | string
  /** The report as it is. */
  | AgentReport
  /** Thrown. */
  | Error
  | typeof never
  | typeof untilAborted
  | ((
      context: HandoffContext,
      options: ReceiveOptions,
    ) => FixedAgentReply | Promise<FixedAgentReply>);

/** An {@link AgentReply} that is no function. */
export type FixedAgentReply = string | AgentReport | Error | typeof never | typeof untilAborted;

/** What {@link scriptedAgent} takes: what an agent declares, and its script. */
export type ScriptedAgentOptions = Omit<
  HandoffAgentOptions,
  'id' | 'name' | 'model' | 'systemPrompt' | 'tools'
> & {
  readonly id: string;
  readonly name?: string;
  /**
   * A list answers one handoff each, in the order of the calls, and the call after the last rejects
   * with a `HandoffError`. A reply that is not in a list answers every handoff.
   */
  readonly replies: AgentReply | readonly AgentReply[];
  /** A script needs none. */
  readonly model?: never;
};

const optionNames = {
  ...declaredOptions,
  replies: true,
} satisfies Record<Exclude<keyof ScriptedAgentOptions, 'model'>, true>;

/** One handoff that a scripted agent received. */
export interface ReceivedHandoff {
  /** A copy from the moment of the call. */
  readonly context: HandoffContext;
  /** The very objects that were passed: tools can be called, signals looked at. */
  readonly options: ReceiveOptions;
}

/** The agent that `createHandoffAgent` makes of the same declarations. */
type AgentOf<Options extends ScriptedAgentOptions> = ReturnType<typeof createHandoffAgent<Options>>;

/** An agent with a script that remembers what it was given. */
export type ScriptedAgent<Options extends ScriptedAgentOptions = ScriptedAgentOptions> = Omit<
  AgentOf<Options>,
  'withModel'
> & {
  /** Oldest first. */
  readonly received: readonly ReceivedHandoff[];
  /** Replies that were not used yet; `Infinity` where the script has no end. */
  readonly left: number;
};

/**
 * An agent that answers from a script. Texts are streamed word by word where somebody listens, and
 * cost one token for every four characters: of the task going in, of the output coming out.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` as `createHandoffAgent` does.
 *
 * @example
 * const billing = scriptedAgent({ id: 'billing', replies: ['Refunded.', new Error('out of money')] });
 * await billing.receiveHandoff(context); // { status: 'completed', output: 'Refunded.', … }
 * billing.received[0].context.originalTask;
 */
export function scriptedAgent<const Options extends ScriptedAgentOptions>(
  options: Options,
): ScriptedAgent<Options> {
  checkOptions('scriptedAgent', options, optionNames);
  const { replies, ...declared }: ScriptedAgentOptions = options;
  const script = new Script(`the scripted agent "${options.id}"`, replies);
  const received: ReceivedHandoff[] = [];
  const { withModel: _, ...agent }: HandoffAgent = createHandoffAgent(declared);
  return Object.freeze({
    ...agent,
    received,
    get left() {
      return script.left;
    },
    async receiveHandoff(context: HandoffContext, receiveOptions: ReceiveOptions = {}) {
      received.push({ context: structuredClone(context), options: { ...receiveOptions } });
      const reply = script.next();
      const fixed = typeof reply === 'function' ? await reply(context, receiveOptions) : reply;
      return toReport(fixed, context, receiveOptions);
    },
  }) as unknown as ScriptedAgent<Options>;
}

async function toReport(
  reply: FixedAgentReply,
  context: HandoffContext,
  { signal, onEvent }: ReceiveOptions,
): Promise<AgentReport> {
  if (reply === never) return hang(undefined);
  if (reply === untilAborted) return hang(signal);
  if (reply instanceof Error) throw reply;
  const report: AgentReport =
    typeof reply === 'string'
      ? {
          status: 'completed',
          output: reply,
          usage: scriptedUsage(context.originalTask, reply),
        }
      : reply;
  if (onEvent) {
    for (const delta of scriptedDeltas(report.output)) onEvent({ type: 'output-delta', delta });
  }
  return report;
}
