import type { HandoffContext } from '../context/handoff-context.ts';
import type { Message } from '../context/message.ts';
import type { Origin } from '../context/origin.ts';
import type { AgentEvent } from '../events/handoff-event.ts';
import type { AgentReport } from './agent-report.ts';
import type { Approval, EndingDecision } from './approval-decision.ts';
import type { HandoffModel } from './handoff-model.ts';
import type { HandoffTool } from './handoff-tool.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Everything about one run that is not in the context; all of it optional. */
export interface ReceiveOptions {
  /** Handoff tools bound to this run. */
  readonly tools?: readonly HandoffTool[];
  readonly signal?: AbortSignal;
  /** When `signal` aborts at the latest; RFC 3339 UTC. For work that goes where a signal can't. */
  readonly deadlineAt?: string;
  readonly onEvent?: (event: AgentEvent) => void;
  /** Where the context came from; default `own`. */
  readonly origin?: Origin;
  /** The findings, by key, whose origin differs from the context's. */
  readonly findingOrigins?: Readonly<Record<string, Origin>>;
  /** The mark around content that is not `own`, the same for every attempt of a handoff. */
  readonly delimiter?: string;
  /**
   * What an earlier attempt of this handoff added, its open call answered now: to be continued after
   * the same opening (prompt, key messages) that every attempt begins with.
   */
  readonly resumeFrom?: readonly Message[];
  /** Present where the earlier attempt waited for an approval, and got it. */
  readonly approval?: Approval;
}

/**
 * Anything that can receive a handoff. `Payload` and `Data` are known to the compiler only: what the
 * caller passes and what the structured answer is.
 */
export interface HandoffAgent<Id extends string = string, Payload = unknown, Data = unknown> {
  readonly id: Id;
  readonly name: string;
  readonly description?: string;
  /** What it may use; absent is everything. */
  readonly scope?: readonly string[];
  readonly payloadSchema?: StandardSchema;
  readonly dataSchema?: StandardSchema;
  readonly canTransferTo?: readonly string[];
  readonly canDelegateTo?: readonly string[];
  readonly canEscalateTo?: readonly string[];
  /** Whether it can continue from the messages of an earlier attempt. */
  readonly resumable?: boolean;
  /** Whether it may run again after a crash of its process; default false. */
  readonly repeatable?: boolean;
  /** Carries types to the compiler; never set. */
  readonly '~types'?: { readonly payload: Payload; readonly data: Data };
  /** Does the work. Throws a `HandoffError` where it can't. */
  receiveHandoff(context: HandoffContext, options?: ReceiveOptions): Promise<AgentReport<Data>>;
  /**
   * Ends a handoff that it was given, where its work is: for agents whose work goes on, or waits, in
   * another process. Called before a denial or an answer is recorded, which is not taken where this
   * rejects; and after every other end is recorded that the agent didn't say itself, which stands all the
   * same. May be called again for what has ended there, and for what never got there.
   */
  endHandoff?(context: HandoffContext, ending: EndingDecision): Promise<void>;
  /** The same agent with another model; absent on agents that bring their own. */
  withModel?(model: HandoffModel): HandoffAgent<Id, Payload, Data>;
}
