import { checkOptions, type HandoffAgent } from '@agent-handoff/core/adapter';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { type HandoffToolOptions, handoffTool, handoffToolOptions } from './handoff-tool.ts';

/** What `delegateTool` takes. */
export interface DelegateToolOptions<Agent extends HandoffAgent = HandoffAgent>
  extends HandoffToolOptions<Agent> {
  /**
   * The target's answer is the agent's, as its last message, and the model isn't asked again; where the
   * model called other tools behind it in the same turn, and where the handoff doesn't complete, it is.
   * `createAgent` heeds it, a graph of your own only where you make it. Default false.
   */
  readonly returnDirect?: boolean;
}

const optionNames = {
  ...handoffToolOptions,
  returnDirect: true,
} satisfies Record<keyof DelegateToolOptions, true>;

/**
 * A tool by which a model asks another agent and goes on with its answer. The answer is the message's
 * content; the artifact is the completed handoff, which no provider is sent. A handoff that doesn't
 * complete is a message with the status `error` that says why, so that the model can correct itself.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where the manager has no such target or source.
 *
 * @example
 * const agent = createAgent({ model, tools: [delegateTool({ manager, source: 'triage', target: 'billing' })] });
 */
export function delegateTool<Agent extends HandoffAgent>(
  options: DelegateToolOptions<Agent>,
): DynamicStructuredTool {
  checkOptions('delegateTool', options, optionNames);
  const plain = options as unknown as DelegateToolOptions;
  return handoffTool('delegate', plain, async ({ input, handOn, answer }) => {
    const result = await handOn(input);
    const { data, output } = result;
    return answer(data === undefined ? output : JSON.stringify(data), 'success', result);
  });
}
