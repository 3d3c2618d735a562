import type { HandoffTool, Json } from '@agent-handoff/core/adapter';
import { ToolMessage } from '@langchain/core/messages';
import { DynamicStructuredTool, type ToolRunnableConfig } from '@langchain/core/tools';
import { isBubbleUp, toErrorText } from '../run/to-handoff-error.ts';

/** What the running of tools tells the run that they are bound to. */
export interface ToolListener {
  /** The run's; tools that are run by LangChain get its own, which follows it. */
  readonly signal: AbortSignal;
  /** The result of this call ended the model's turn. */
  onTurnEnd(toolCallId: string): void;
}

/** The id of the call that a tool runs for, wherever the version of LangChain keeps it. */
export function toolCallIdOf(config: ToolRunnableConfig | undefined): string {
  const { toolCall, toolCallId } = (config ?? {}) as ToolRunnableConfig & { toolCallId?: string };
  return toolCall?.id ?? toolCallId ?? '';
}

/**
 * A tool in LangChain's shape. Its result goes to the model as text and is the message's artifact; what
 * it throws is told to the model as a result with the status `error`.
 */
export function toLangChainTool(
  { name, description, inputSchema, execute }: HandoffTool,
  { signal, onTurnEnd }: ToolListener,
): DynamicStructuredTool {
  return new DynamicStructuredTool({
    name,
    description,
    schema: inputSchema as Record<string, unknown>,
    verboseParsingErrors: true,
    func: async (input, _manager, config): Promise<ToolMessage> => {
      const toolCallId = toolCallIdOf(config);
      const answered = { name, tool_call_id: toolCallId };
      const callSignal = config?.signal ?? signal;
      try {
        const call = { toolCallId, signal: callSignal };
        const { output, endsTurn } = await execute(input as Json, call);
        if (endsTurn) onTurnEnd(toolCallId);
        const content = typeof output === 'string' ? output : JSON.stringify(output);
        return new ToolMessage({ ...answered, content, artifact: output, status: 'success' });
      } catch (thrown) {
        if (isBubbleUp(thrown) || callSignal.aborted) throw thrown;
        return new ToolMessage({ ...answered, content: toErrorText(thrown), status: 'error' });
      }
    },
  });
}
