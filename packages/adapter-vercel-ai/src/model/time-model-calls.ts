import type { HandoffTool } from '@agent-handoff/core/adapter';
import type { LanguageModelUsage } from 'ai';
import { toUsage } from '../loop/to-answer.ts';
import type { ModelCall } from './ai-sdk-model-options.ts';

/** Measures model calls: from the start of a step to its end, or to the first tool that it runs. */
export function timeModelCalls(modelId: string, onModelCall: (call: ModelCall) => void) {
  let startedAt = 0;
  let endedAt: number | undefined;
  return {
    prepareStep: () => {
      startedAt = performance.now();
      endedAt = undefined;
      return undefined;
    },
    onStep: ({ usage }: { readonly usage: LanguageModelUsage }) => {
      const durationMs = (endedAt ?? performance.now()) - startedAt;
      const { inputTokens, outputTokens } = toUsage(usage);
      onModelCall({ modelId, durationMs, inputTokens, outputTokens });
    },
    /** The tool, whose beginning is noticed. */
    noticed: (tool: HandoffTool): HandoffTool => ({
      ...tool,
      execute(input, call) {
        endedAt ??= performance.now();
        return tool.execute(input, call);
      },
    }),
  };
}
