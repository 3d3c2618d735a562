import type { DynamicStructuredTool } from '@langchain/core/tools';
import { type HandoffToolOptions, handoffTool } from './handoff-tool.ts';

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
export function delegateTool(options: HandoffToolOptions): DynamicStructuredTool {
  return handoffTool('delegate', options, async ({ input, handOn, answer }) => {
    const result = await handOn(input);
    const { data, output } = result;
    return answer(data === undefined ? output : JSON.stringify(data), 'success', result);
  });
}
