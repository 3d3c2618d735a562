import { type HandoffAgent, HandoffError, type HandoffInput } from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';
import type { ModelMessage, Tool } from 'ai';
import { approvalOf } from './approval.ts';
import {
  type HandoffToolInput,
  type HandoffToolOptions,
  handoffToolOptions,
  toolFrame,
} from './handoff-tool.ts';
import type { HandoffUpdate } from './handoff-update.ts';

/** What `transferTool` takes. */
export interface TransferToolOptions<Agent extends HandoffAgent = HandoffAgent>
  extends HandoffToolOptions<Agent> {
  /** Default `specialization`; `escalation` gives the conversation to a higher authority. */
  readonly reason?: 'specialization' | 'escalation';
}

const optionNames = {
  ...handoffToolOptions,
  reason: true,
} satisfies Record<keyof TransferToolOptions, true>;

/**
 * A tool with which a model gives the conversation to another agent, of any framework. The manager
 * decides: an accepted transfer is recorded and ends the response, where `acceptedTransfer` stops it;
 * `continueTransfer` then lets the target answer. A refused one is told to the model, which goes on.
 * Of several in one step the first is accepted.
 *
 * The target is given the summary of the conversation and its last five messages.
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
  checkOptions('transferTool', options, optionNames);
  const plain = options as unknown as TransferToolOptions;
  // Approved calls are run before the first step, which no stop condition can prevent: the user
  // isn't asked in the response, so the handoff waits for `resume`.
  const verb = plain.reason === 'escalation' ? 'escalate' : 'transfer';
  const { needsApproval: _, ...tool } = toTransferTool(plain, verb, (input) =>
    plain.manager.createHandoff(input),
  );
  return tool as Tool<HandoffToolInput, HandoffUpdate>;
}

/** Opens a handoff and gives its ids, or throws what refused it. */
export type AcceptTransfer = (
  input: HandoffInput<HandoffAgent>,
  isApproved: boolean,
) => Promise<{ readonly taskId: string; readonly handoffId: string }>;

/** The transfers of steps, by the messages that all calls of a step share: what was accepted so far. */
const transferred = new WeakMap<readonly ModelMessage[], Promise<HandoffUpdate | undefined>>();

/** A transfer tool about which the user is asked, where a policy wants it. */
export function toTransferTool(
  options: HandoffToolOptions,
  verb: 'transfer' | 'escalate',
  accept: AcceptTransfer,
): Tool<HandoffToolInput, HandoffUpdate> {
  const { tool, toHandoff, between } = toolFrame(options, verb);
  return {
    ...tool,
    async execute(input, { messages, toolCallId }) {
      const common = { ...between(), text: '' };
      const before = transferred.get(messages);
      const transfer = async (): Promise<HandoffUpdate> => {
        const earlier = await before;
        try {
          if (earlier) throw notAccepted(options.target, earlier.targetAgentId);
          const handoff = toHandoff(input, messages);
          const isApproved = approvalOf(messages, toolCallId) !== undefined;
          const { taskId, handoffId } = await accept(handoff, isApproved);
          return { status: 'accepted', ...common, taskId, handoffId };
        } catch (thrown) {
          if (!HandoffError.isInstance(thrown)) throw thrown;
          const { code, message } = thrown;
          return { status: 'rejected', ...common, error: { code, message } };
        }
      };
      const running = transfer();
      transferred.set(
        messages,
        running.then(
          (update) => (update.status === 'accepted' ? update : before),
          () => before,
        ),
      );
      return running;
    },
  };
}

const notAccepted = (target: string, accepted: string): HandoffError =>
  new HandoffError(
    'PATH_DENIED',
    `The transfer to "${target}" was not accepted: the conversation goes to "${accepted}".`,
  );
