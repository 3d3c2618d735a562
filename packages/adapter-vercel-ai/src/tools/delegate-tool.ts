import type { HandoffAgent, HandoffStream } from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';
import type { Tool } from 'ai';
import { type ApprovalOptions, approvalBy, approvalOf, waitsForPolicy } from './approval.ts';
import {
  type HandoffToolInput,
  type HandoffToolOptions,
  handoffToolOptions,
  toolFrame,
} from './handoff-tool.ts';
import { type HandoffUpdate, toHandoffUpdate } from './handoff-update.ts';
import { type PreviewOptions, previewOptions, previewText } from './preview-text.ts';

/** What `delegateTool` takes. */
export interface DelegateToolOptions<Agent extends HandoffAgent = HandoffAgent>
  extends HandoffToolOptions<Agent>,
    ApprovalOptions {
  /** Milliseconds that the target may take; default the manager's limit. */
  readonly timeoutMs?: number;
  /** How the answer is shown while it is written; false: not at all, and the target need not stream. */
  readonly previews?: false | PreviewOptions;
}

const optionNames = {
  ...handoffToolOptions,
  approvedBy: true,
  timeoutMs: true,
  previews: true,
} satisfies Record<keyof DelegateToolOptions, true>;

/**
 * A tool with which a model hands work to another agent, of any framework, and waits for the answer.
 * It goes through the manager, so paths, policies and limits hold, and the handoff is recorded.
 *
 * While the target works, the tool yields previews of its answer (`status: 'working'`), for users to
 * see. The model sees the final text only; where there is none, it is told why. An abort of the
 * response cancels the handoff.
 *
 * Where a policy wants an approval, the user is asked by the AI SDK's own flow (`needsApproval`). The
 * manager decides again when the call is executed: one that nobody approved is not run, whatever a
 * response's own `toolApproval` says, and waits for `resume`. Without a `parent` an approval lets its
 * call run once, however often the messages with it arrive.
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
  checkOptions('delegateTool', options, optionNames);
  const plain = options as unknown as DelegateToolOptions;
  const { manager, timeoutMs, previews = {} } = plain;
  if (previews !== false) checkOptions('previews of delegateTool', previews, previewOptions);
  const { tool, toHandoff, between } = toolFrame(plain, 'delegate');
  return {
    ...tool,
    async *execute(input, { abortSignal, messages, toolCallId }) {
      const how = {
        ...(abortSignal === undefined ? {} : { signal: abortSignal }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      };
      const common = between();
      const show = async function* (stream: HandoffStream) {
        for await (const preview of previewText(stream, previews || {})) {
          yield { status: 'working', ...common, ...preview } satisfies HandoffUpdate;
        }
        return await stream.result;
      };
      const handoff = toHandoff(input, messages);
      const approvalId = approvalOf(messages, toolCallId);
      // A browser may send an approval twice; a part of a task begins with each response anew.
      const once =
        approvalId === undefined || handoff.parent !== undefined
          ? how
          : { ...how, idempotencyKey: `${approvalId}/${toolCallId}` };
      let result = previews
        ? yield* show(manager.streamHandoff(handoff, once))
        : await manager.executeHandoff(handoff, once);
      if (waitsForPolicy(result) && approvalId !== undefined) {
        const decided = [
          result.handoffId,
          { type: 'approve' },
          { ...how, ...approvalBy(plain) },
        ] as const;
        result = previews
          ? yield* show(manager.streamResume(...decided))
          : await manager.resume(...decided);
      }
      yield toHandoffUpdate(result, common.reason);
    },
  };
}
