import type { HandoffAgent, ReceiveOptions } from '../agent/handoff-agent.ts';
import type { HandoffTool } from '../agent/handoff-tool.ts';
import { copyJson } from '../context/copy-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { AgentEvent, LiveEvent } from '../events/handoff-event.ts';
import { publishEvent } from '../events/publish-event.ts';
import { runAttempt } from '../execution/run-attempt.ts';
import { toTimestamp } from '../runtime/clock.ts';
import { bindHandoffTools } from './bind-handoff-tools.ts';
import type { Claim } from './claim.ts';
import type { Line } from './line.ts';
import type { Routes } from './open-input.ts';
import type { Outcome } from './outcome.ts';
import { stopWhenEnded } from './stop-when-ended.ts';
import { toOutcome } from './to-outcome.ts';

/** The second step: one call of the agent. Whatever goes wrong in it is part of the outcome. */
export async function runHandoff(
  line: Line,
  claim: Claim,
  signal: AbortSignal,
  routes: Routes = 'delegate',
): Promise<Outcome> {
  const { context, accepted, deadline, earlier } = claim;
  const { handoffId, parentIds, targetAgentId } = context;
  const agent = line.standIns.get(handoffId) ?? (line.agents.get(targetAgentId) as HandoffAgent);
  const bound = bindHandoffTools(line, claim, routes, agent.resumable !== false);
  let forget = (): void => {};
  let unwatch = (): void => {};
  let ended = false;
  const attempt = await runAttempt({
    agentId: targetAgentId,
    call: (agentSignal) =>
      call(line, agent, claim, bound.tools, agentSignal, (event) => {
        // What an agent still says after its end belongs to nothing any more.
        if (!ended) tell(line, accepted, event);
      }),
    signal,
    onStart: (stop) => {
      forget = line.live.add(handoffId, parentIds, stop);
      unwatch = stopWhenEnded(line, accepted, stop);
    },
    deadline,
    clock: line.clock,
  });
  ended = true;
  forget();
  unwatch();
  // Made where it is needed: an error costs more than the rest of a handoff's end.
  const why = (): HandoffError => endsWithParent(handoffId, accepted.target);
  bound.end(why);
  // Work that it handed out in other ways and still waits for ends with it.
  if (attempt.error) line.live.stop(handoffId, why());
  return toOutcome(line, context, attempt, bound.routed(), earlier);
}

function call(
  line: Line,
  agent: HandoffAgent,
  { context, accepted, deadline, delimiter, earlier }: Claim,
  tools: readonly HandoffTool[],
  signal: AbortSignal,
  onEvent: (event: AgentEvent) => void,
): ReturnType<HandoffAgent['receiveHandoff']> {
  const options: { -readonly [Key in keyof ReceiveOptions]: ReceiveOptions[Key] } = {
    signal,
    deadlineAt: toTimestamp(deadline),
    origin: accepted.origin,
  };
  if (accepted.findingOrigins) options.findingOrigins = accepted.findingOrigins;
  if (delimiter !== undefined) options.delimiter = delimiter;
  if (tools.length > 0) options.tools = tools;
  if (earlier && earlier.messages.length > 0) options.resumeFrom = earlier.messages;
  if (earlier?.approval) options.approval = earlier.approval;
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
