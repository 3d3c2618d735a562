import { type HandoffAgent, HandoffError, type HandoffInput } from '@agent-handoff/core';
import type { ModelMessage, Tool } from 'ai';
import { asksUser, isApproved } from './approval.ts';
import {
  describeTool,
  type HandoffToolInput,
  type HandoffToolOptions,
  toHandoffInput,
  toolSource,
} from './handoff-tool-options.ts';
import { type HandoffUpdate, toModelOutput } from './handoff-update.ts';

/** What `transferTool` takes. */
export interface TransferToolOptions<Agent extends HandoffAgent = HandoffAgent>
  extends HandoffToolOptions<Agent> {
  /** Default `specialization`; `escalation` gives the conversation to a higher authority. */
  readonly reason?: 'specialization' | 'escalation';
}

/**
 * A tool with which a model gives the conversation to another agent, of any framework. The manager
 * decides: an accepted transfer is recorded and ends the response, where `acceptedTransfer` stops it;
 * `continueTransfer` then lets the target answer. A refused one is told to the model, which goes on.
 * Of several in one step the first is accepted.
 *
 * The target is given the last five messages, unless `keepMessages` is false.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for an agent that the manager doesn't have.
 *
 * @example
 * const transfer_to_billing = transferTool({ manager, source: 'triage', target: 'billing' });
 * const result = streamText({ model, prompt, tools: { transfer_to_billing }, stopWhen: acceptedTransfer() });
 */
export function transferTool<Agent extends HandoffAgent>(
  options: TransferToolOptions<Agent>,
): Tool<HandoffToolInput, HandoffUpdate> {
  const plain = options as unknown as TransferToolOptions;
  // Approved calls are run before the first step, which no stop condition can prevent: the user
  // isn't asked in the response, so the handoff waits for `resume`.
  const { needsApproval: _, ...tool } = toTransferTool(plain, (input) =>
    plain.manager.createHandoff(input),
  );
  return tool as Tool<HandoffToolInput, HandoffUpdate>;
}

/** Opens a handoff and gives its ids, or throws what refused it. */
export type AcceptTransfer = (
  input: HandoffInput<HandoffAgent>,
  isApproved: boolean,
) => Promise<{ readonly taskId: string; readonly handoffId: string }>;

/** A transfer tool about which the user is asked, where a policy wants it. */
export function toTransferTool(
  options: TransferToolOptions,
  accept: AcceptTransfer,
): Tool<HandoffToolInput, HandoffUpdate> {
  const { reason = 'specialization', target } = options;
  const plain = { keepMessages: true, ...options };
  return {
    ...describeTool(plain, reason === 'escalation' ? 'escalate' : 'transfer'),
    needsApproval: (input, { messages }) =>
      asksUser(plain.manager, toHandoffInput(plain, reason, input, messages)),
    async execute(input, { messages, toolCallId }) {
      const common = {
        sourceAgentId: toolSource(plain),
        targetAgentId: target,
        reason,
        text: '',
      };
      try {
        return await onceInStep(messages, target, async () => {
          const { taskId, handoffId } = await accept(
            toHandoffInput(plain, reason, input, messages),
            isApproved(messages, toolCallId),
          );
          return { status: 'accepted', ...common, taskId, handoffId };
        });
      } catch (thrown) {
        if (!HandoffError.isInstance(thrown)) throw thrown;
        const { code, message } = thrown;
        return { status: 'rejected', ...common, error: { code, message } };
      }
    },
    toModelOutput: ({ output }) => toModelOutput(output),
  };
}

/** The steps whose conversation is being given away, by the messages that all calls of a step share. */
const transferring = new WeakMap<readonly ModelMessage[], Promise<HandoffUpdate>>();

/** Runs one transfer of a step after the other, until one is accepted. */
async function onceInStep(
  step: readonly ModelMessage[],
  target: string,
  transfer: () => Promise<HandoffUpdate>,
): Promise<HandoffUpdate> {
  const before = transferring.get(step);
  const running = (async () => {
    const accepted = await before?.catch(() => undefined);
    if (accepted === undefined) return transfer();
    throw new HandoffError(
      'PATH_DENIED',
      `The transfer to "${target}" was not accepted: the conversation goes to "${accepted.targetAgentId}".`,
      { details: { target, accepted: accepted.targetAgentId } },
    );
  })();
  // Who comes next hears of the accepted one, wherever it stands in the line.
  transferring.set(
    step,
    running.catch(async (thrown) => (await before) ?? Promise.reject(thrown)),
  );
  transferring.get(step)?.catch(() => {});
  return running;
}
