import {
  addUsage,
  type Message,
  type ModelAnswer,
  noUsage,
  type ReportStatus,
  type Usage,
} from '@agent-handoff/core/adapter';
import type { LanguageModelUsage, StepResult, ToolSet } from 'ai';
import { pendingCalls, toStepMessages } from './to-step-messages.ts';

type Step = StepResult<ToolSet>;

/** What came of the steps of a tool loop. `before` are messages that came before the first. */
export function toAnswer(
  steps: readonly Step[],
  turnEnded: boolean,
  before: readonly Message[] = [],
): ModelAnswer {
  const last = steps.at(-1);
  return {
    status: toStatus(last, turnEnded),
    output: last?.text ?? '',
    messages: [...before, ...steps.flatMap(toStepMessages)],
    usage: toStepUsage(steps),
  };
}

/** The tokens of all steps: what results of the AI SDK sum up depends on its version. */
export function toStepUsage(steps: readonly Step[]): Usage {
  return steps.reduce((sum, { usage }) => addUsage(sum, toUsage(usage)), noUsage);
}

/**
 * Done is an answer that the model ended by itself, or a turn that a tool ended. A loop that stops at a
 * step with tool calls has met its limit or waits for a person to approve one of them, and a stream
 * without a finish reason broke off.
 */
function toStatus(last: Step | undefined, turnEnded: boolean): ReportStatus {
  if (turnEnded) return 'completed';
  if (last && pendingCalls(last).size > 0) return 'awaiting-approval';
  switch (last?.finishReason as string | undefined) {
    case 'stop':
      return 'completed';
    case 'other':
    case 'unknown':
      return last?.rawFinishReason === undefined ? 'incomplete' : 'completed';
    default:
      return 'incomplete';
  }
}

/** The tokens of one step; 0 for what the provider doesn't count. */
export function toUsage({
  inputTokens = 0,
  outputTokens = 0,
  totalTokens,
}: LanguageModelUsage): Usage {
  return { inputTokens, outputTokens, totalTokens: totalTokens ?? inputTokens + outputTokens };
}
