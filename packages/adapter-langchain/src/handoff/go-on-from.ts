import {
  type CompletedHandoff,
  createAgentState,
  type HandoffEntry,
  type HandoffManager,
} from '@agent-handoff/core';
import type { AnyInput } from './handoff-runnable-input.ts';

/** Where a conversation goes on that had been handed to somebody who could not go on with it. */
export interface ResumedRun {
  /** The handoffs by which the conversation came there, all completed. */
  readonly before: readonly CompletedHandoff[];
  /** The last of them once more. */
  readonly input: AnyInput;
}

/** How a run goes on whose last handoff failed; undefined where that was its first. */
export async function goOnFrom(
  manager: HandoffManager,
  { context }: HandoffEntry,
): Promise<ResumedRun | undefined> {
  const before: CompletedHandoff[] = [];
  for (let at = context; ; ) {
    const parent = await manager.get(at.parentIds[0] ?? '');
    const result = parent?.result;
    if (!parent || !result?.success || result.transfer?.target !== at.targetAgentId) break;
    before.unshift(result);
    at = parent.context;
  }
  const parent = before.at(-1);
  // A run can't begin with an escalation.
  if (parent === undefined || context.reason !== 'specialization') return undefined;
  const { sourceAgentId: source, targetAgentId: target, keyMessages, payload } = context;
  const { originalTask: task, instructions } = context;
  return {
    before,
    input: {
      source,
      target,
      task,
      parent,
      state: createAgentState({ agentId: source, messages: keyMessages }),
      keepMessages: keyMessages.length,
      ...(payload === undefined ? {} : { payload }),
      ...(instructions === undefined ? {} : { instructions }),
    },
  };
}
