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

/** A tool of LangChain with a JSON Schema, which tells the model what doesn't fit it. */
export function structuredTool(
  { name, description, inputSchema }: Pick<HandoffTool, 'name' | 'description' | 'inputSchema'>,
  run: (input: Json, config: ToolRunnableConfig | undefined) => Promise<unknown>,
): DynamicStructuredTool {
  return new DynamicStructuredTool({
    name,
    description,
    schema: inputSchema as Record<string, unknown>,
    verboseParsingErrors: true,
    func: (input, _manager, config) => run(input as Json, config),
  });
}

/**
 * A tool in LangChain's shape. Its result goes to the model as text and is the message's artifact; what
 * it throws is told to the model as a result with the status `error`.
 */
export function toLangChainTool(
  tool: HandoffTool,
  { signal, onTurnEnd }: ToolListener,
): DynamicStructuredTool {
  return structuredTool(tool, async (input, config) => {
    const toolCallId = toolCallIdOf(config);
    const answered = { name: tool.name, tool_call_id: toolCallId };
    const call = { toolCallId, signal: config?.signal ?? signal };
    try {
      const { output, endsTurn } = await tool.execute(input, call);
      if (endsTurn) onTurnEnd(toolCallId);
      const content = typeof output === 'string' ? output : JSON.stringify(output);
      return new ToolMessage({ ...answered, content, artifact: output, status: 'success' });
    } catch (thrown) {
      if (isBubbleUp(thrown) || call.signal.aborted) throw thrown;
      return new ToolMessage({ ...answered, content: toErrorText(thrown), status: 'error' });
    }
  });
}
