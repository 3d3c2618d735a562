import type { HandoffManager } from '@agent-handoff/core';
import { HandoffError, handoffToolSpec } from '@agent-handoff/core/adapter';
import { ToolMessage } from '@langchain/core/messages';
import { pickRunnableConfigKeys } from '@langchain/core/runnables';
import { DynamicStructuredTool } from '@langchain/core/tools';
import { toolCallIdOf } from '../model/to-langchain-tool.ts';
import { callingMessage, callKey, messagesAround } from './calling-message.ts';
import { HandoffRunnable } from './handoff-runnable.ts';
import { type HandoffToolInput, targetOf } from './target-of.ts';

/** What `delegateTool` takes. */
export interface DelegateToolOptions {
  readonly manager: HandoffManager;
  /** The id of the agent that is asked; of any framework. */
  readonly target: string;
  /** The id of the agent that asks; default the one whose handoff runs, else `user`. */
  readonly source?: string;
  /** Default `delegate_to_<target>`. */
  readonly name?: string;
  /** Default: that it asks the target, and the target's own description. */
  readonly description?: string;
}

/**
 * A tool by which a model asks another agent and goes on with its answer. The answer is the message's
 * content; the artifact is the completed handoff, which no provider is sent. A handoff that doesn't
 * complete is a message with the status `error` that says why, so that the model can correct itself.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where the manager has no such target.
 *
 * @example
 * const agent = createAgent({ model, tools: [delegateTool({ manager, source: 'triage', target: 'billing' })] });
 */
export function delegateTool(options: DelegateToolOptions): DynamicStructuredTool {
  const { manager, target, source } = options;
  const spec = handoffToolSpec('delegate', targetOf(manager, target));
  const { name = spec.name, description = spec.description } = options;
  const handoff = HandoffRunnable.from(manager, {
    target,
    reason: spec.reason,
    ...(source === undefined ? {} : { source }),
  });
  return new DynamicStructuredTool({
    name,
    description,
    schema: spec.inputSchema as Record<string, unknown>,
    verboseParsingErrors: true,
    func: async (input, _manager, config): Promise<ToolMessage> => {
      const toolCallId = toolCallIdOf(config);
      const answered = { name, tool_call_id: toolCallId };
      const caller = callingMessage(messagesAround(config), toolCallId);
      try {
        const result = await handoff.invoke(input as HandoffToolInput, {
          ...pickRunnableConfigKeys(config),
          ...callKey(config, caller, toolCallId),
        });
        return new ToolMessage({
          ...answered,
          content: result.data === undefined ? result.output : JSON.stringify(result.data),
          artifact: result,
          status: 'success',
        });
      } catch (thrown) {
        if (!HandoffError.isInstance(thrown) || config?.signal?.aborted) throw thrown;
        return new ToolMessage({
          ...answered,
          content: thrown.message,
          artifact: thrown.toJSON(),
          status: 'error',
        });
      }
    },
  });
}
