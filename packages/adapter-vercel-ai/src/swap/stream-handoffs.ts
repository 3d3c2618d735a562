import type { HandoffAgent } from '@agent-handoff/core';
import { HandoffLoop } from './handoff-loop.ts';
import type { StreamHandoffsOptions } from './stream-handoffs-options.ts';

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
  return streamText(new HandoffLoop(settings).settings() as never);
}
