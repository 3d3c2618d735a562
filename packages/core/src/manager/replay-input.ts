import type { HandoffEntry } from '../line/handoff-entry.ts';
import type { OpenInput } from '../line/open-input.ts';
import type { NewIds } from './to-open-input.ts';

/** A recorded handoff as a new task's only one: its own time and budget, everything else as it was. */
export function toReplayInput(
  { context, handoffId: replayOf, origin, findingOrigins }: HandoffEntry,
  { taskId, handoffId }: NewIds,
  { agentId, tools }: { readonly agentId: string | undefined; readonly tools: boolean },
): OpenInput {
  const {
    remaining: _,
    createdAt: __,
    deadlineAt: ___,
    parentIds: ____,
    handoffId: _____,
    taskId: ______,
    sourceAgentId,
    targetAgentId,
    reason,
    ...content
  } = context;
  return {
    handoffId,
    taskId,
    source: sourceAgentId,
    target: agentId ?? targetAgentId,
    reason,
    parentIds: [],
    // No tool is in an empty scope.
    content: tools ? content : { ...content, scope: [] },
    whole: false,
    accept: true,
    origin,
    ...(findingOrigins === undefined ? {} : { findingOrigins }),
    replayOf,
    routes: tools ? 'delegate' : 'none',
  };
}
