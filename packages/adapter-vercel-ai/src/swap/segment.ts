import {
  type AgentReport,
  type HandoffContext,
  HandoffError,
  type HandoffManager,
  type HandoffResult,
  type Message,
  type ReceiveOptions,
} from '@agent-handoff/core';
import type { StepResult, ToolSet } from 'ai';
import { toAnswer, toStepUsage } from '../loop/to-answer.ts';
import { toHandoffError } from '../loop/to-handoff-error.ts';
import { runsElsewhere } from '../loop/to-step-messages.ts';
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

type Step = StepResult<ToolSet>;

/**
 * The steps of a response in which one agent has the conversation. To the manager they are the
 * agent's work on a handoff: accepted when they begin, ended with their report.
 */
export class Segment {
  readonly agent: AiSdkAgentDefinition;
  readonly context: HandoffContext;
  /** Its first step. */
  readonly from: number;
  /** Rejects with a HandoffError where the manager doesn't accept it. */
  readonly accepted: Promise<void>;
  readonly #report = Promise.withResolvers<AgentReport>();
  readonly #begun = Promise.withResolvers<AbortSignal>();
  readonly #cancel = new AbortController();

  /**
   * Runs a recorded handoff as a part of a response, from step `from` on.
   *
   * @param how.approved the user's approval, which a policy that wants one gets.
   * @param how.onStopped is called where the manager ends the handoff: at its deadline, or when cancelled.
   */
  constructor(
    manager: HandoffManager,
    agent: AiSdkAgentDefinition,
    context: HandoffContext,
    from: number,
    { approved, onStopped }: SegmentOptions,
  ) {
    this.agent = agent;
    this.context = context;
    this.from = from;
    this.#report.promise.catch(() => {});
    const { handoffId } = context;
    const { signal } = this.#cancel;
    segments.set(handoffId, this);
    const running = manager
      .executeHandoff(context, { signal })
      .then((result) =>
        approved && waitsForPolicy(result)
          ? manager.resume(handoffId, { type: 'approve' }, { ...approved, signal })
          : result,
      );
    running.finally(() => segments.delete(handoffId)).catch(() => {});
    this.accepted = Promise.race([this.#begun.promise, running.then(refused)]).then((stopped) => {
      stopped.addEventListener('abort', () => onStopped(stopped.reason), { once: true });
    });
    this.accepted.catch(() => {});
  }

  /** What the agent answers the manager. */
  receive({ signal = new AbortController().signal }: ReceiveOptions): Promise<AgentReport> {
    this.#begun.resolve(signal);
    return this.#report.promise;
  }

  /** Ends it with the steps of the response so far; `before` came in it before the first. */
  end(steps: readonly Step[], transferredTo?: string, before: readonly Message[] = []): void {
    const own = steps.slice(this.from);
    const answer = toAnswer(own, transferredTo !== undefined, before);
    const asked = transferredTo === undefined ? asksUser(answer.status, own.at(-1)) : undefined;
    const said = transferredTo === undefined ? asked : `Transferred to ${transferredTo}.`;
    this.#report.resolve(
      said === undefined
        ? answer
        : { ...answer, status: 'completed', output: answer.output || said },
    );
  }

  /** Ends it with what the response threw; the tokens of its steps so far are counted. */
  fail(thrown: unknown, steps: readonly Step[]): void {
    const usage = toStepUsage(steps.slice(this.from));
    this.#report.reject(toHandoffError(thrown, { agentId: this.agent.id }, usage));
  }

  /** Ends it as cancelled, also where the manager has not accepted it yet. */
  cancel(): void {
    this.#cancel.abort();
  }
}

/** A question like any other, in words: what the user's side answers begins the next response. */
function asksUser(status: AgentReport['status'], last: Step | undefined): string | undefined {
  if (status === 'awaiting-approval') return 'Asked the user for an approval.';
  if (status !== 'incomplete' || last === undefined || !runsElsewhere(last)) return undefined;
  return "Asked for the result of a tool that runs on the user's side.";
}

function refused(result: HandoffResult): never {
  const { code, message, details } = result.error ?? {
    code: 'AGENT_FAILED' as const,
    message: `The handoff "${result.handoffId}" was answered elsewhere.`,
    details: {},
  };
  throw new HandoffError(code, message, { details });
}
