import type { HandoffAgent, HandoffManager } from '@agent-handoff/core';
import type { ModelMessage, StepResult, ToolSet } from 'ai';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';
import { HandoffLoop, type LoopCall } from './handoff-loop.ts';

type Step = StepResult<ToolSet>;
type StopCondition = (state: { readonly steps: Step[] }) => boolean | PromiseLike<boolean>;

/** What `streamHandoffs` takes beside the settings of the AI SDK's `streamText`. */
export interface StreamHandoffsOptions<Agent extends HandoffAgent = HandoffAgent> {
  readonly manager: HandoffManager<Agent>;
  /** The agents that may have the conversation; all of them are the manager's too. */
  readonly agents: readonly AiSdkAgentDefinition[];
  /** Who has it where the messages name nobody; default the first of `agents`. */
  readonly entry?: Agent['id'];
  /** The conversation so far; the newest accepted transfer in it says who has it now. */
  readonly messages: ModelMessage[];
  /** Tools of the application, offered to every agent beside its own. */
  readonly tools?: ToolSet;
  /** When the response ends, beside `maxSteps`. */
  readonly stopWhen?: StopCondition | readonly StopCondition[];
  /** The most steps of the response, over all agents; default 20. */
  readonly maxSteps?: number;
  readonly abortSignal?: AbortSignal;
}

/** Settings that belong to the agents, or to the loop. */
interface NotForCallers {
  readonly model?: never;
  readonly system?: never;
  readonly instructions?: never;
  readonly prompt?: never;
  readonly activeTools?: never;
}

/**
 * One response in which the conversation passes from agent to agent: an accepted transfer swaps
 * model, instructions and tools for the next step of the same stream. Every agent's part is a handoff
 * of one task, recorded by the manager; `user` handed it to the first. The next turn begins with the
 * agent that had the conversation last, wherever the messages were kept meanwhile.
 *
 * Each agent is offered `transfer_to_…`, `escalate_to_…` and `delegate_to_…` for the agents that it
 * declares. All other settings of `streamText` (callbacks, telemetry, `prepareStep`) are the caller's.
 *
 * @param streamText the AI SDK's own.
 * @throws HandoffError `INVALID_CONFIGURATION` for an agent that the manager doesn't have, and for two
 * tools of one name.
 *
 * @example
 * const result = streamHandoffs(streamText, { manager, agents: [triage, billing], messages, tools });
 * return result.toUIMessageStreamResponse();
 */
export function streamHandoffs<
  Result,
  Agent extends HandoffAgent,
  Settings extends StreamHandoffsOptions & NotForCallers,
>(
  streamText: (settings: never) => Result,
  settings: Settings & Pick<StreamHandoffsOptions<Agent>, 'manager' | 'entry'>,
): Result {
  const loop = new HandoffLoop(settings as unknown as LoopCall);
  return streamText(loop.settings() as never);
}
