import { HandoffError, type HandoffTool, type Json } from '@agent-handoff/core/adapter';
import { ToolMessage } from '@langchain/core/messages';
import { DynamicStructuredTool, type ToolRunnableConfig } from '@langchain/core/tools';
import { isBubbleUp, toErrorText } from '../run/to-handoff-error.ts';

/** What a model is told of a tool. */
export type ToolSpec = Pick<HandoffTool, 'name' | 'description' | 'inputSchema'>;

/** A run of an agent, for which its tools act. */
export interface ToolRun {
  readonly tools: readonly HandoffTool[];
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
  { name, description, inputSchema }: ToolSpec,
  run: (input: Json, config: ToolRunnableConfig | undefined) => Promise<unknown>,
  returnDirect = false,
): DynamicStructuredTool {
  return new DynamicStructuredTool({
    name,
    description,
    schema: inputSchema as Record<string, unknown>,
    returnDirect,
    verboseParsingErrors: true,
    func: (input, _manager, config) => run(input as Json, config),
  });
}

/**
 * A tool in LangChain's shape, which does what the tool of this name does in the run that it is called
 * in. Its result goes to the model as text and is the message's artifact; what it throws is told to the
 * model as a result with the status `error`.
 */
export function toLangChainTool(
  spec: ToolSpec,
  runOf: (config: ToolRunnableConfig | undefined) => ToolRun | undefined,
): DynamicStructuredTool {
  const { name } = spec;
  // Where its answer comes last, under its name, an agent of createAgent asks its model no more.
  const returnDirect = /^(transfer|escalate)_to_/.test(name);
  const act = async (input: Json, config: ToolRunnableConfig | undefined): Promise<ToolMessage> => {
    const run = runOf(config);
    const tool = run?.tools.find((each) => each.name === name);
    if (run === undefined || tool === undefined) throw outside(name);
    const tool_call_id = toolCallIdOf(config);
    const signal = config?.signal ?? run.signal;
    try {
      const { output, endsTurn = false } = await tool.execute(input, {
        toolCallId: tool_call_id,
        signal,
      });
      if (endsTurn) run.onTurnEnd(tool_call_id);
      const content = typeof output === 'string' ? output : JSON.stringify(output);
      const named = returnDirect && !endsTurn ? {} : { name };
      return new ToolMessage({ ...named, content, tool_call_id, artifact: output });
    } catch (thrown) {
      if (isBubbleUp(thrown) || signal.aborted) throw thrown;
      const named = returnDirect ? {} : { name };
      return new ToolMessage({
        ...named,
        content: toErrorText(thrown),
        tool_call_id,
        status: 'error',
      });
    }
  };
  return structuredTool(spec, act, returnDirect);
}

const outside = (name: string): HandoffError =>
  new HandoffError(
    'INVALID_CONFIGURATION',
    `The tool "${name}" was called outside of a run that is offered it: pass the config on to what calls tools.`,
    { details: { tool: name } },
  );
