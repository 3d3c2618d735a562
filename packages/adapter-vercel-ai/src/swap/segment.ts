import {
  type AgentReport,
  type HandoffContext,
  HandoffError,
  type HandoffManager,
  type HandoffResult,
  type ReceiveOptions,
} from '@agent-handoff/core';
import type { StepResult, ToolSet } from 'ai';
import { toAnswer } from '../loop/to-answer.ts';
import { waitsForPolicy } from '../tools/approval.ts';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';

/** The parts of running responses that answer a handoff, by its id. */
const segments = new Map<string, Segment>();

/** The part of a response of this process that answers this handoff, where one does. */
export function segmentOf({ handoffId }: HandoffContext): Segment | undefined {
  return segments.get(handoffId);
}

/** How a part of a response is begun. */
interface SegmentOptions {
  readonly approved?: { readonly by?: string } | undefined;
  readonly onStopped: (reason: unknown) => void;
}

/**
 * The steps of a response in which one agent has the conversation. To the manager they are the
 * agent's work on a handoff: accepted when they begin, ended with their report.
 */
export class Segment {
  readonly agent: AiSdkAgentDefinition;
  readonly context: HandoffContext;
  /** Its first step. */
  readonly from: number;
  readonly #report = Promise.withResolvers<AgentReport>();
  readonly #begun = Promise.withResolvers<AbortSignal>();

  private constructor(agent: AiSdkAgentDefinition, context: HandoffContext, from: number) {
    this.agent = agent;
    this.context = context;
    this.from = from;
    this.#report.promise.catch(() => {});
  }

  /**
   * Runs a recorded handoff as a part of a response, from step `from` on.
   *
   * @param how.approved the user's approval, which a policy that wants one gets.
   * @param how.onStopped is called where the manager ends the handoff: at its deadline, or when cancelled.
   * @throws HandoffError where the manager doesn't accept it.
   */
  static async begin(
    manager: HandoffManager,
    agent: AiSdkAgentDefinition,
    context: HandoffContext,
    from: number,
    { approved, onStopped }: SegmentOptions,
  ): Promise<Segment> {
    const segment = new Segment(agent, context, from);
    segments.set(context.handoffId, segment);
    const running = manager
      .executeHandoff(context)
      .then((result) =>
        approved && waitsForPolicy(result)
          ? manager.resume(context.handoffId, { type: 'approve' }, approved)
          : result,
      );
    running.finally(() => segments.delete(context.handoffId)).catch(() => {});
    const signal = await Promise.race([segment.#begun.promise, running.then(refused)]);
    signal.addEventListener('abort', () => onStopped(signal.reason), { once: true });
    return segment;
  }

  /** What the agent answers the manager. */
  receive({ signal = new AbortController().signal }: ReceiveOptions): Promise<AgentReport> {
    this.#begun.resolve(signal);
    return this.#report.promise;
  }

  /** Ends it with the steps of the response so far. */
  end(steps: readonly StepResult<ToolSet>[], transferredTo?: string): void {
    const answer = toAnswer(steps.slice(this.from), transferredTo !== undefined);
    if (transferredTo !== undefined) {
      this.#report.resolve({
        ...answer,
        output: answer.output || `Transferred to ${transferredTo}.`,
      });
    } else if (answer.status === 'awaiting-approval') {
      // A question like any other: the user's answer begins the next response.
      const output = answer.output || 'Asked the user for an approval.';
      this.#report.resolve({ ...answer, status: 'completed', output });
    } else this.#report.resolve(answer);
  }

  fail(error: HandoffError): void {
    this.#report.reject(error);
  }
}

function refused(result: HandoffResult): never {
  const { code, message, details } = result.error ?? {
    code: 'AGENT_FAILED' as const,
    message: `The handoff "${result.handoffId}" was answered elsewhere.`,
    details: {},
  };
  throw new HandoffError(code, message, { details });
}
