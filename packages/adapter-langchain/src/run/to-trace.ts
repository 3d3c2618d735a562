import type { HandoffContext } from '@agent-handoff/core';
import type { RunnableConfig } from '@langchain/core/runnables';

/** What a run is called in traces, and by what it is found there. */
export interface Trace {
  readonly runName?: string;
  readonly tags: string[];
  readonly metadata: Record<string, unknown>;
}

/** What the run of a received handoff is called. */
export function toTrace({
  handoffId,
  taskId,
  sourceAgentId,
  targetAgentId,
}: HandoffContext): Trace {
  return {
    runName: handoffName(sourceAgentId, targetAgentId),
    tags: ['handoff'],
    metadata: {
      handoff_id: handoffId,
      handoff_task_id: taskId,
      handoff_source: sourceAgentId,
      handoff_target: targetAgentId,
      // An agent that runs inside another one would be taken for it.
      lc_agent_name: targetAgentId,
    },
  };
}

/** The options of a run that makes a handoff: it is named as what it makes, unless it has a name. */
export function asHandoff<Options extends Partial<RunnableConfig>>(
  options: Options,
  { source = 'user', target }: { readonly source?: string; readonly target: string },
): Options {
  const { tags = [], runName = handoffName(source, target) } = options;
  return { ...options, runName, tags: tags.includes('handoff') ? tags : [...tags, 'handoff'] };
}

const handoffName = (source: string, target: string): string => `handoff:${source}->${target}`;
