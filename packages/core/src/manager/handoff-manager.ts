/// <reference lib="esnext.disposable" preserve="true" />
import type { ApprovalDecision } from '../agent/approval-decision.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffModel } from '../agent/handoff-model.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import type { EventChannel } from '../events/event-channel.ts';
import type { HandoffEntry } from '../line/handoff-entry.ts';
import type { HandoffResult, UnfinishedHandoff } from '../line/handoff-result.ts';
import type { PatternResult } from '../patterns/pattern-result.ts';
import type { RunResult } from '../patterns/route-run.ts';
import type { HandoffStatus, HandoffStore } from '../record/handoff-store.ts';
import type { CustodyReport, VerifyCustodyOptions } from '../record/verify-custody.ts';
import type { AgentMap } from './agent-map.ts';
import type {
  DataById,
  ExecuteOptions,
  InputById,
  RequestOptions,
  RunOptions,
} from './handoff-input.ts';
import type { HandoffStream } from './handoff-stream.ts';
import type { InterruptedQuery } from './interrupted-work.ts';
import type { ChainInput, EscalateInput, FailoverInput, ParallelInput } from './pattern-input.ts';
import type { PreflightAnswer } from './preflight-handoff.ts';
import type { ResumeOptions } from './resume-handoff.ts';
import type { ReturnInput } from './return-input.ts';
import type { RunInput } from './run-input.ts';
import type { Thread } from './thread.ts';

/** Which handoffs the history shows. */
export interface HistoryQuery {
  readonly taskId?: string;
  /** The handoffs of a conversation, of all its turns. */
  readonly threadId?: string;
  readonly status?: HandoffStatus;
  /** Only the newest so many; default all. */
  readonly last?: number;
}

/** The fields of a {@link HistoryQuery}. */
export const historyFields = {
  taskId: true,
  threadId: true,
  status: true,
  last: true,
} satisfies Record<keyof HistoryQuery, true>;

/** How a handoff is replayed. */
export interface ReplayOptions {
  /** Asked in the place of the recorded target; default the target as the manager has it now. */
  readonly agent?: HandoffAgent;
  /** Whether the agent's tools may run again, with whatever they do; default false. */
  readonly tools?: boolean;
  readonly signal?: AbortSignal;
}

/** The names of {@link ReplayOptions}. */
export const replayOptions = {
  agent: true,
  tools: true,
  signal: true,
} satisfies Record<keyof ReplayOptions, true>;

/** A handoff that is recorded and will run. */
export interface SubmittedHandoff {
  readonly taskId: string;
  readonly handoffId: string;
  readonly status: 'requested';
}

/**
 * A context in the place of an input. It has no `target` and no `entry`, so that editors and compiler
 * know from the first field which of the two is meant.
 */
export type WholeContext = HandoffContext & { readonly target?: never; readonly entry?: never };

/**
 * Hands work between a fixed set of agents: checks, runs and records each handoff. What goes wrong in
 * operation is a result; only programming mistakes throw (`HandoffError`).
 */
export interface HandoffManager<Agent extends HandoffAgent = HandoffAgent> extends AsyncDisposable {
  readonly name: string;
  readonly agents: AgentMap<Agent>;
  /** The agents that one path may pass through before its target. */
  readonly maxChain: number;
  /** Where its records live: for whoever serves or shows them. Written by the manager only. */
  readonly store: HandoffStore;
  /** Carries its live events. */
  readonly events: EventChannel;

  /**
   * A checked and recorded context, to be run by `executeHandoff` or given up by `cancel`.
   *
   * @throws HandoffError with the code of what refused it.
   */
  createHandoff<const Target extends Agent['id']>(
    input: { readonly target: Target } & InputById<Agent>[Target],
    options?: RequestOptions,
  ): Promise<HandoffContext>;

  /**
   * What would become of a handoff: asked of every rule and policy, with nothing written. It is decided
   * again when it is executed.
   *
   * @throws HandoffError `INVALID_CONFIGURATION` for what is no input, `STORE_FAILED`.
   */
  preflight<const Target extends Agent['id']>(
    input: { readonly target: Target } & InputById<Agent>[Target],
    options?: RequestOptions,
  ): Promise<PreflightAnswer>;

  /**
   * Hands on: checks, records, runs, records the end. A context runs once; a second call with it has the
   * result of the first.
   */
  executeHandoff<const Target extends Agent['id']>(
    input: WholeContext | ({ readonly target: Target } & InputById<Agent>[Target]),
    options?: ExecuteOptions,
  ): Promise<HandoffResult<DataById<Agent>[Target]>>;

  /** Records a handoff and lets it run without waiting: see `get` and `cancel`. */
  submitHandoff<const Target extends Agent['id']>(
    input: WholeContext | ({ readonly target: Target } & InputById<Agent>[Target]),
    options?: RunOptions,
  ): Promise<SubmittedHandoff | UnfinishedHandoff<'rejected' | 'failed' | 'cancelled'>>;

  /** Where a handoff stands; undefined for one that the store doesn't have. */
  get(handoffId: string): Promise<HandoffEntry | undefined>;

  /**
   * Ends a handoff as `cancelled`, wherever it runs: an agent of another process on the same store is
   * stopped within a second or two. One that has ended stays as it is. What waits or runs where an agent
   * of another service has it ends there, too, with the work under it.
   *
   * @throws HandoffError `HANDOFF_NOT_FOUND`. What such an agent's `endHandoff` rejects with: the handoff
   * is cancelled all the same. Cancelling one again, or one that failed, tells that agent again.
   */
  cancel(handoffId: string): Promise<HandoffEntry>;

  /** `executeHandoff`, to be followed while it runs. */
  streamHandoff<const Target extends Agent['id']>(
    input: WholeContext | ({ readonly target: Target } & InputById<Agent>[Target]),
    options?: RunOptions,
  ): HandoffStream<DataById<Agent>[Target]>;

  /**
   * Hands the task through the targets, back to back: n targets, n calls. Each gets the findings and
   * the confidence of those before it; the first that doesn't complete stops the chain.
   */
  chainHandoff(input: ChainInput<Agent>, options?: RunOptions): Promise<PatternResult>;

  /**
   * Lets the agents decide: each gets a tool for every path that it declares. The conversation goes where
   * they transfer or escalate it, until one of them answers; work that one delegates comes back to it.
   * With a `threadId` it goes on in the next call, in any process, with whoever is active. A context that
   * was created, or came from elsewhere, has its target as the entry.
   */
  run(input: WholeContext | RunInput<Agent, Agent['id']>, options?: RunOptions): Promise<RunResult>;

  /** `run`, to be followed while it runs; the text is that of whoever holds the conversation. */
  streamRun(
    input: WholeContext | RunInput<Agent, Agent['id']>,
    options?: RunOptions,
  ): HandoffStream<unknown, RunResult>;

  /**
   * Hands the task to all targets at once, each with an equal share of the budget, and joins the answers
   * of all of them, of the first, or of so many. Branches that are not needed any more are cancelled.
   */
  parallelHandoff<const Aggregated = unknown>(
    input: ParallelInput<Agent, Aggregated>,
    options?: RunOptions,
  ): Promise<PatternResult<Aggregated>>;

  /** Asks one target after the other until one completes; each learns what the ones before it failed for. */
  failoverHandoff(input: FailoverInput<Agent>, options?: RunOptions): Promise<PatternResult>;

  /** Raises the task from one target to the next until an answer has the confidence `until`. */
  escalateHandoff(input: EscalateInput<Agent>, options?: RunOptions): Promise<PatternResult>;

  /** Gives the work back to whoever handed it on, with what was found. */
  returnHandoff(input: ReturnInput, options?: RunOptions): Promise<HandoffResult>;

  /**
   * The handoffs that wait for somebody's decision, oldest first. Those that waited longer than
   * `approvalTimeoutMs` are ended, as `failed`.
   */
  pending(): Promise<readonly HandoffEntry[]>;

  /**
   * The handoffs to be resumed because the process that ran them is gone, newest first: those whose lease
   * is over, those that were approved, or that waited for work which has ended, and were not taken up, and
   * the first of each run that ended between two of its steps. Also told is a run that is between two
   * steps just now, which resuming doesn't disturb.
   */
  interrupted(query?: InterruptedQuery): Promise<readonly HandoffEntry[]>;

  /**
   * Goes on with what waits, or was interrupted, in any process on the same store: with the decision,
   * once; without one, from where its log ends. Resolves as the call did that began the work: for a step
   * of a pattern with the pattern's result.
   *
   * @throws HandoffError `HANDOFF_NOT_FOUND`; `INVALID_CONTEXT` where nothing is to be decided;
   * `INVALID_OUTPUT` for an answer that the target's `dataSchema` refuses. What the `endHandoff` rejects
   * with of an agent of another service that waits: a denial or an answer that doesn't get there is not
   * taken, and the handoff waits on.
   */
  resume(
    handoffId: string,
    decision?: ApprovalDecision,
    options?: ResumeOptions,
  ): Promise<HandoffResult>;

  /** `resume`, to be followed while it runs: what happens from the decision on. */
  streamResume(
    handoffId: string,
    decision?: ApprovalDecision,
    options?: ResumeOptions,
  ): HandoffStream;

  /** A conversation as it stands; undefined for one that doesn't exist. */
  getThread(threadId: string): Promise<Thread | undefined>;
  /** Forgets a conversation; the tasks of its turns stay in the history. Whether there was one. */
  deleteThread(threadId: string): Promise<boolean>;

  /**
   * Erases the content of a task that has ended, from contexts to answers: its records stay, and their
   * custody can be verified.
   *
   * @throws HandoffError `HANDOFF_NOT_FOUND`, `INVALID_CONTEXT` for a task that goes on.
   */
  erase(taskId: string, options?: { readonly by?: string }): Promise<void>;

  /** Handoffs as a Mermaid flowchart. */
  toMermaid(entries: readonly HandoffEntry[]): string;

  /** What was handed on, oldest first, without what was erased. */
  history(query?: HistoryQuery): Promise<readonly HandoffEntry[]>;

  /**
   * Asks again, with the recorded context, in a new task; the agent's tools don't run unless asked for.
   *
   * @throws HandoffError `HANDOFF_NOT_FOUND`.
   */
  replay(
    handoffId: string,
    options?: ReplayOptions,
  ): Promise<{ readonly recorded: HandoffEntry; readonly replayed: HandoffResult }>;

  /**
   * Checks a task's chain of custody: digests, links, and the course of each handoff.
   *
   * @throws HandoffError `HANDOFF_NOT_FOUND` for a task that the store doesn't have.
   */
  verify(
    taskId: string,
    options?: Pick<VerifyCustodyOptions, 'expectedHead'>,
  ): Promise<CustodyReport>;

  /**
   * A manager with another model for its agents (those in `ids`, default all that take one), that
   * shares everything else with this one, the store above all.
   *
   * @throws HandoffError `INVALID_CONFIGURATION` for an id whose agent brings its own model.
   */
  withModel(model: HandoffModel, ids?: readonly Agent['id'][]): HandoffManager<Agent>;

  /** Needed on a durable engine only; in this process a manager is ready when it is made. */
  start(): Promise<void>;
  /** Takes no new handoffs and waits for the running ones; after `drainMs` those end as `INTERRUPTED`. */
  stop(options?: { readonly drainMs?: number }): Promise<void>;
}
