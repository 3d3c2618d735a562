import type { HandoffAgent, HandoffManager } from '@agent-handoff/core';
import type { Tool } from 'ai';
import {
  type HandoffToolInput,
  type HandoffToolOptions,
  toHandoffInput,
  toolSource,
  toolTarget,
} from './handoff-tool-options.ts';
import { type HandoffUpdate, toHandoffUpdate, toModelOutput } from './handoff-update.ts';
import { type PreviewOptions, previewText } from './preview-text.ts';

/** What `delegateTool` takes. */
export interface DelegateToolOptions<Agent extends HandoffAgent = HandoffAgent>
  extends HandoffToolOptions<Agent> {
  /** Default `delegation`; `escalation` asks a higher authority. */
  readonly reason?: 'delegation' | 'escalation';
  /** Milliseconds that the target may take; default the manager's limit. */
  readonly timeoutMs?: number;
  /** How the answer is shown while it is written; false: not at all, and the target need not stream. */
  readonly previews?: false | PreviewOptions;
}

/**
 * A tool with which a model hands work to another agent, of any framework, and waits for the answer.
 * It goes through the manager, so paths, policies and limits hold, and the handoff is recorded.
 *
 * While the target works, the tool yields previews of its answer (`status: 'working'`), for users to
 * see. The model sees the final text only; where there is none, it is told why. An abort of the
 * response cancels the handoff.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an agent that the manager doesn't have.
 *
 * @example
 * const askBilling = delegateTool({ manager, source: 'triage', target: 'billing' });
 * const result = streamText({ model, prompt, tools: { askBilling }, stopWhen: isStepCount(5) });
 */
export function delegateTool<Agent extends HandoffAgent>(
  options: DelegateToolOptions<Agent>,
): Tool<HandoffToolInput, HandoffUpdate> {
  const { reason = 'delegation', timeoutMs, previews = {} } = options;
  const { target, description } = options;
  const plain = options as unknown as HandoffToolOptions;
  const { agent, inputSchema } = toolTarget(plain);
  const manager: HandoffManager = plain.manager;
  return {
    description: description ?? describe(agent),
    inputSchema,
    async *execute(input, { abortSignal, messages }) {
      const handoff = toHandoffInput(plain, reason, input, messages);
      const how = {
        ...(abortSignal === undefined ? {} : { signal: abortSignal }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      };
      if (previews === false) {
        yield toHandoffUpdate(await manager.executeHandoff(handoff, how), reason);
        return;
      }
      const route = { sourceAgentId: toolSource(plain), targetAgentId: target };
      const stream = manager.streamHandoff(handoff, how);
      for await (const preview of previewText(stream, route, previews)) {
        yield { status: 'working', ...route, reason, ...preview };
      }
      yield toHandoffUpdate(await stream.result, reason);
    },
    toModelOutput: ({ output }) => toModelOutput(output),
  };
}

const describe = ({ name, description = '' }: HandoffAgent): string =>
  `Asks ${name} to do a piece of work, and waits for the answer. ${description}`.trim();
