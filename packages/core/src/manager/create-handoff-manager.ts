import type { ApprovalDecision } from '../agent/approval-decision.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffModel } from '../agent/handoff-model.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { ExecutionEngine } from '../execution/execution-engine.ts';
import type { HandoffEntry } from '../line/handoff-entry.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import type { PatternResult } from '../patterns/pattern-result.ts';
import type { RouteRunInput, RunResult } from '../patterns/route-run.ts';
import type { CustodyReport, VerifyCustodyOptions } from '../record/verify-custody.ts';
import { type AgentMap, readOnlyAgents } from './agent-map.ts';
import { agentsWithModel } from './agents-with-model.ts';
import { checkCall, type HandoffMethod } from './check-call.ts';
import { refusal } from './engine-run.ts';
import type { ExecuteOptions, HandoffInput, RequestOptions, RunOptions } from './handoff-input.ts';
import type {
  HandoffManager,
  HistoryQuery,
  ReplayOptions,
  SubmittedHandoff,
} from './handoff-manager.ts';
import { followFrom, type HandoffStream, streamHandoff } from './handoff-stream.ts';
import { type InterruptedQuery, readInterrupted } from './interrupted-work.ts';
import { type HandoffManagerOptions, toLine } from './manager-options.ts';
import { PatternHandoffs } from './pattern-handoffs.ts';
import type { ChainInput, EscalateInput, FailoverInput, ParallelInput } from './pattern-input.ts';
import { readPending } from './pending-handoffs.ts';
import { type PreflightAnswer, preflightHandoff } from './preflight-handoff.ts';
import { replayHandoff } from './replay-handoff.ts';
import { findUnfinished, type ResumeOptions } from './resume-handoff.ts';
import { type ReturnInput, toReturn } from './return-input.ts';
import { type RunInput, toRouteRun } from './run-input.ts';
import { requestHandoff, submitHandoff } from './submit-handoff.ts';
import { cancelHandoff, eraseTask, findEntry, readHistory, verifyTask } from './task-log.ts';
import { deleteThread, getThread, type Thread } from './thread.ts';
import { toMermaid } from './to-mermaid.ts';
import { fromContext, isContext, newIds, toOpenInput } from './to-open-input.ts';
import { WorkRunner } from './work-runner.ts';

/**
 * A manager for these agents.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for agents, paths or limits that can't be.
 *
 * @example
 * const manager = createHandoffManager({ agents: [triage, billing] });
 * const result = await manager.executeHandoff({ target: 'billing', task: 'Refund order 1182' });
 * console.log(result.success ? result.output : result.error.message);
 */
export function createHandoffManager<const Agent extends HandoffAgent>(
  options: HandoffManagerOptions<Agent>,
): HandoffManager<Agent> {
  return new Manager(options) as unknown as HandoffManager<Agent>;
}

type AnyAgent = HandoffAgent;
type NewInput = HandoffInput<AnyAgent>;
type AnyInput = NewInput | HandoffContext;
type AnyRun = RunInput<AnyAgent> | HandoffContext;

class Manager {
  readonly name: string;
  readonly agents: AgentMap;
  readonly maxChain: number;
  readonly store: Line['store'];
  readonly events: Line['events'];
  readonly #options: HandoffManagerOptions;
  readonly #line: Line;
  readonly #engine: ExecutionEngine;
  readonly #work: WorkRunner;
  readonly #patterns: PatternHandoffs;
  #started = false;

  constructor(options: HandoffManagerOptions) {
    const { line, engine } = toLine(options);
    this.name = options.name ?? 'default';
    this.agents = readOnlyAgents(line.agents);
    ({ maxChain: this.maxChain, store: this.store, events: this.events } = line);
    const { store, events, threads } = line;
    this.#options = { ...options, store, events, threads };
    this.#line = line;
    this.#engine = engine;
    this.#work = new WorkRunner(line, engine, this.name);
    this.#patterns = new PatternHandoffs(line, this.#work, this.name);
  }

  async createHandoff(input: NewInput, options: RequestOptions = {}): Promise<HandoffContext> {
    return requestHandoff(this.#line, await this.#toOpen('createHandoff', input, options));
  }

  async preflight(input: NewInput, options: RequestOptions = {}): Promise<PreflightAnswer> {
    return preflightHandoff(this.#line, await this.#toOpen('preflight', input, options));
  }

  async executeHandoff(input: AnyInput, options: ExecuteOptions = {}): Promise<HandoffResult> {
    const open = await this.#toOpen('executeHandoff', input, options);
    options.onHandoffId?.(open.handoffId);
    return await this.#work.handoff(open, input, options);
  }

  async submitHandoff(
    input: AnyInput,
    options: RunOptions = {},
  ): Promise<SubmittedHandoff | HandoffResult> {
    const open = await this.#toOpen('submitHandoff', input, options);
    return submitHandoff(this.#line, this.#work, open, options);
  }

  streamHandoff(input: AnyInput, options: RunOptions = {}): HandoffStream {
    const opening = this.#toOpen('streamHandoff', input, options);
    return streamHandoff(this.#line, {
      started: opening.then((open) => followFrom(this.#line, open)),
      run: async () => this.#work.handoff(await opening, input, options),
      refuse: async (thrown) => refusal(await opening, thrown),
    });
  }

  async run(input: AnyRun, options: RunOptions = {}): Promise<RunResult> {
    return this.#work.run(await this.#toRun('run', input, options), options);
  }

  streamRun(input: AnyRun, options: RunOptions = {}): HandoffStream<unknown, RunResult> {
    const opening = this.#toRun('streamRun', input, options);
    return streamHandoff(this.#line, {
      started: opening.then(({ entry }) => followFrom(this.#line, entry)),
      whole: true,
      run: async () => this.#work.run(await opening, options),
      refuse: async (thrown) => this.#work.refusedRun(await opening, thrown),
    });
  }

  chainHandoff(input: ChainInput<AnyAgent>, options: RunOptions = {}): Promise<PatternResult> {
    return this.#patterns.chain(input, options);
  }

  failoverHandoff(
    input: FailoverInput<AnyAgent>,
    options: RunOptions = {},
  ): Promise<PatternResult> {
    return this.#patterns.failover(input, options);
  }

  escalateHandoff(
    input: EscalateInput<AnyAgent>,
    options: RunOptions = {},
  ): Promise<PatternResult> {
    return this.#patterns.escalate(input, options);
  }

  parallelHandoff(
    input: ParallelInput<AnyAgent>,
    options: RunOptions = {},
  ): Promise<PatternResult> {
    return this.#patterns.parallel(input, options);
  }

  async returnHandoff(input: ReturnInput, options: RunOptions = {}): Promise<HandoffResult> {
    const open = await toReturn(this.#line, input, options, this.name);
    return this.#work.handoff(open, input, options);
  }

  get(handoffId: string): Promise<HandoffEntry | undefined> {
    return findEntry(this.#line, handoffId);
  }

  cancel(handoffId: string): Promise<HandoffEntry> {
    return cancelHandoff(this.#line, handoffId);
  }

  pending(query: Readonly<Record<string, never>> = {}): Promise<readonly HandoffEntry[]> {
    return readPending(this.#line, query);
  }

  interrupted(query: InterruptedQuery = {}): Promise<readonly HandoffEntry[]> {
    return readInterrupted(this.#line, query);
  }

  async resume(
    handoffId: string,
    decision?: ApprovalDecision,
    options: ResumeOptions = {},
  ): Promise<HandoffResult> {
    const work = await findUnfinished(this.#line, handoffId, decision, options, 'resume');
    return this.#work.unfinished(work, options.signal);
  }

  streamResume(
    handoffId: string,
    decision?: ApprovalDecision,
    options: ResumeOptions = {},
  ): HandoffStream {
    const work = findUnfinished(this.#line, handoffId, decision, options, 'streamResume');
    return streamHandoff(this.#line, {
      started: work.then(({ first, before }) => ({ ...first, before })),
      whole: true,
      run: async () => this.#work.unfinished(await work, options.signal),
      refuse: async (thrown) => {
        throw thrown;
      },
    });
  }

  history(query: HistoryQuery = {}): Promise<readonly HandoffEntry[]> {
    return readHistory(this.#line, query);
  }

  replay(
    handoffId: string,
    options: ReplayOptions = {},
  ): Promise<{ recorded: HandoffEntry; replayed: HandoffResult }> {
    return replayHandoff(this.#line, this.#work, this.name, handoffId, options);
  }

  verify(
    taskId: string,
    options: Pick<VerifyCustodyOptions, 'expectedHead'> = {},
  ): Promise<CustodyReport> {
    return verifyTask(this.#line, taskId, options);
  }

  erase(taskId: string, options: { readonly by?: string } = {}): Promise<void> {
    return eraseTask(this.#line, taskId, options);
  }

  toMermaid(entries: readonly HandoffEntry[]): string {
    return toMermaid(entries);
  }

  getThread(threadId: string): Promise<Thread | undefined> {
    return getThread(this.#line, threadId);
  }

  deleteThread(threadId: string): Promise<boolean> {
    return deleteThread(this.#line, threadId);
  }

  withModel(model: HandoffModel, ids?: readonly string[]): Manager {
    if (this.#engine.capabilities.durable && this.#started) {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        'A manager on a durable engine that was started has the models it has: call withModel before start.',
      );
    }
    const agents = agentsWithModel(this.#line.agents, model, ids);
    const { engine: _, ...options } = this.#options;
    return new Manager({ ...options, agents });
  }

  async start(): Promise<void> {
    this.#started = true;
    await this.#engine.start();
  }

  async stop(options: { readonly drainMs?: number } = {}): Promise<void> {
    checkOptions('stop', options, { drainMs: true });
    await this.#engine.stop(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #toOpen(method: HandoffMethod, input: AnyInput, options: RunOptions): Promise<OpenInput> {
    checkCall(method, options);
    if (isContext(input)) return fromContext(input, options);
    return toOpenInput(input, options, await newIds(this.#line.ids, this.name, options));
  }

  async #toRun(method: HandoffMethod, input: AnyRun, options: RunOptions): Promise<RouteRunInput> {
    checkCall(method, options);
    return toRouteRun(input, options, this.#line.ids, this.name);
  }
}
