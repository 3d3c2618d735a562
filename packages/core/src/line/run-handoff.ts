import type { HandoffAgent, ReceiveOptions } from '../agent/handoff-agent.ts';
import { copyJson } from '../context/copy-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { AgentEvent, LiveEvent } from '../events/handoff-event.ts';
import { publishEvent } from '../events/publish-event.ts';
import { runAttempt } from '../execution/run-attempt.ts';
import type { Claim } from './claim.ts';
import { knownAgent } from './decide-handoff.ts';
import type { Line } from './line.ts';
import type { Outcome } from './outcome.ts';
import { toOutcome } from './to-outcome.ts';

/** The second step: one call of the agent. Whatever goes wrong in it is part of the outcome. */
export async function runHandoff(line: Line, claim: Claim, signal: AbortSignal): Promise<Outcome> {
  const { context, accepted, deadline } = claim;
  const { handoffId, parentIds, targetAgentId } = context;
  const agent = line.standIns.get(handoffId) ?? knownAgent(line, targetAgentId, 'target');
  let forget = (): void => {};
  let ended = false;
  const attempt = await runAttempt({
    agentId: targetAgentId,
    call: (agentSignal) =>
      call(line, agent, claim, agentSignal, (event) => {
        // What an agent still says after its end belongs to nothing any more.
        if (!ended) tell(line, accepted, event);
      }),
    signal,
    onStart: (stop) => {
      forget = line.live.add(handoffId, parentIds, stop);
    },
    deadline,
    clock: line.clock,
  });
  ended = true;
  forget();
  // Work that it handed out and still waits for ends with it.
  if (attempt.error) line.live.stop(handoffId, endsWithParent(handoffId, accepted.target));
  return toOutcome(line, context, attempt);
}

function call(
  line: Line,
  agent: HandoffAgent,
  { context, accepted, delimiter }: Claim,
  signal: AbortSignal,
  onEvent: (event: AgentEvent) => void,
): ReturnType<HandoffAgent['receiveHandoff']> {
  const options: { -readonly [Key in keyof ReceiveOptions]: ReceiveOptions[Key] } = {
    signal,
    origin: accepted.origin,
  };
  if (accepted.findingOrigins) options.findingOrigins = accepted.findingOrigins;
  if (delimiter !== undefined) options.delimiter = delimiter;
  if (line.events.isFollowed?.(context.taskId) !== false) {
    options.onEvent = onEvent;
  }
  // Its own copy: what is recorded at the end goes by the context as it was accepted.
  return agent.receiveHandoff(copyJson(context), options);
}

function tell(
  line: Line,
  { taskId, handoffId, target, attempt = 1 }: Claim['accepted'],
  event: AgentEvent,
): void {
  const live: LiveEvent = { ...event, taskId, handoffId, agentId: target, attempt };
  try {
    line.events.publish(live);
  } catch {
    // A channel that is down loses the event; the work goes on.
  }
  publishEvent(() => live);
}

function endsWithParent(handoffId: string, target: string): HandoffError {
  return new HandoffError(
    'CANCELLED',
    `The handoff was cancelled, because the one that waited for it ("${handoffId}" to "${target}") ended without it.`,
    { details: { parentId: handoffId } },
  );
}
