import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffModel } from '../agent/handoff-model.ts';
import { canonicalJson } from '../context/canonical-json.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { plainCopy } from '../context/plain-json.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { ExecutionEngine } from '../execution/execution-engine.ts';
import type { HandoffEntry } from '../line/handoff-entry.ts';
import type { HandoffResult, UnfinishedHandoff } from '../line/handoff-result.ts';
import { handoffRun } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import { openHandoff } from '../line/open-handoff.ts';
import type { OpenInput } from '../line/open-input.ts';
import { chainRun, type PatternResult } from '../patterns/chain-run.ts';
import type { CustodyReport, VerifyCustodyOptions } from '../record/verify-custody.ts';
import { sha256 } from '../runtime/sha256.ts';
import { type AgentMap, readOnlyAgents } from './agent-map.ts';
import { type ChainInput, toChain } from './chain-input.ts';
import { beginRun, refusal, refuseAborted } from './engine-run.ts';
import type { ExecuteOptions, HandoffInput, RequestOptions } from './handoff-input.ts';
import type {
  HandoffManager,
  HistoryQuery,
  ReplayOptions,
  SubmittedHandoff,
} from './handoff-manager.ts';
import { followFrom, type HandoffStream, streamHandoff } from './handoff-stream.ts';
import { type HandoffManagerOptions, toLine } from './manager-options.ts';
import { toReplayInput } from './replay-input.ts';
import {
  cancelHandoff,
  endUnbegun,
  findEntry,
  needEntry,
  readHistory,
  verifyTask,
} from './task-log.ts';
import { fromContext, newIds, toOpenInput } from './to-open-input.ts';

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

type AnyInput = HandoffInput<HandoffAgent> | HandoffContext;

class Manager {
  readonly name: string;
  readonly agents: AgentMap;
  readonly maxChain: number;
  readonly #options: HandoffManagerOptions;
  readonly #line: Line;
  readonly #engine: ExecutionEngine;
  #started = false;

  constructor(options: HandoffManagerOptions) {
    const { line, engine } = toLine(options);
    this.name = options.name ?? 'default';
    this.agents = readOnlyAgents(line.agents);
    this.maxChain = line.maxChain;
    this.#options = { ...options, store: line.store, events: line.events };
    this.#line = line;
    this.#engine = engine;
    engine.define<OpenInput, HandoffResult>(`${this.name}/handoff`, (run, input) =>
      handoffRun(line, run, input),
    );
    engine.define<readonly [OpenInput, ...OpenInput[]], PatternResult>(
      `${this.name}/chain`,
      (run, inputs) => chainRun(line, run, inputs),
    );
  }

  async createHandoff(
    input: HandoffInput<HandoffAgent>,
    options: RequestOptions = {},
  ): Promise<HandoffContext> {
    const open = await this.#toOpen(input, options);
    const opened = await openHandoff(this.#line, { ...open, accept: false });
    if (opened.kind === 'requested') return opened.context;
    // Requesting alone never runs anything, so what is settled here was refused.
    const { error } = (opened as { result: UnfinishedHandoff<'rejected'> }).result;
    throw new HandoffError(error.code, error.message, { details: error.details });
  }

  async executeHandoff(input: AnyInput, options: ExecuteOptions = {}): Promise<HandoffResult> {
    return this.#execute(await this.#toOpen(input, options), input, options);
  }

  async submitHandoff(
    input: AnyInput,
    options: ExecuteOptions = {},
  ): Promise<SubmittedHandoff | HandoffResult> {
    const open = await this.#toOpen(input, options);
    const { signal, timeoutMs, idempotencyKey } = options;
    let context: HandoffContext;
    try {
      refuseAborted(signal);
      const opened = await openHandoff(this.#line, { ...open, accept: false });
      if (opened.kind !== 'requested') return (opened as { result: HandoffResult }).result;
      context = opened.context;
    } catch (thrown) {
      return refusal(open, thrown);
    }
    const { taskId, handoffId } = context;
    const recorded = fromContext(context, timeoutMs === undefined ? {} : { timeoutMs });
    try {
      const { result } = await this.#begin('handoff', handoffId, recorded, signal);
      // It will be in the log; nobody waits for it here.
      result.catch(() => {});
      return { taskId, handoffId, status: 'requested' };
    } catch (thrown) {
      const canAskAgain = open.whole || idempotencyKey !== undefined;
      if (canAskAgain && !signal?.aborted) return refusal(recorded, thrown);
      return endUnbegun(this.#line, handoffId, thrown);
    }
  }

  streamHandoff(input: AnyInput, options: ExecuteOptions = {}): HandoffStream {
    const opening = this.#toOpen(input, options);
    return streamHandoff(this.#line, {
      started: opening.then((open) => followFrom(this.#line, open)),
      run: async () => this.#execute(await opening, input, options),
      refuse: async (thrown) => refusal(await opening, thrown),
    });
  }

  async chainHandoff(
    input: ChainInput<HandoffAgent>,
    options: ExecuteOptions = {},
  ): Promise<PatternResult> {
    const steps = await toChain(input, options, this.#line.ids, this.name);
    const runId = `${await this.#runId(steps[0], input, options)}/chain`;
    const result = await this.#run<PatternResult>('chain', runId, steps, steps[0], options.signal);
    return { ...result, steps: result.steps ?? [] };
  }

  get(handoffId: string): Promise<HandoffEntry | undefined> {
    return findEntry(this.#line, handoffId);
  }

  cancel(handoffId: string): Promise<HandoffEntry> {
    return cancelHandoff(this.#line, handoffId);
  }

  history(query: HistoryQuery = {}): Promise<readonly HandoffEntry[]> {
    return readHistory(this.#line, query);
  }

  async replay(
    handoffId: string,
    { agent, tools = false, signal }: ReplayOptions = {},
  ): Promise<{ recorded: HandoffEntry; replayed: HandoffResult }> {
    const recorded = await needEntry(this.#line, handoffId);
    const ids = await newIds(this.#line.ids, this.name, {});
    const { standIns } = this.#line;
    if (agent) standIns.set(ids.handoffId, agent);
    try {
      const open = toReplayInput(recorded, ids, { agentId: agent?.id, tools });
      return { recorded, replayed: await this.#run('handoff', ids.handoffId, open, open, signal) };
    } finally {
      standIns.delete(ids.handoffId);
    }
  }

  verify(
    taskId: string,
    options: Pick<VerifyCustodyOptions, 'expectedHead'> = {},
  ): Promise<CustodyReport> {
    return verifyTask(this.#line, taskId, options);
  }

  withModel(model: HandoffModel, ids?: readonly string[]): Manager {
    if (this.#engine.capabilities.durable && this.#started) {
      throw misuse(
        'A manager on a durable engine that was started has the models it has: call withModel before start.',
      );
    }
    for (const id of ids ?? []) {
      if (this.#line.agents.get(id)?.withModel) continue;
      throw misuse(`Agent ${JSON.stringify(id)} takes no model: it is unknown, or brings its own.`);
    }
    const agents = [...this.#line.agents.values()].map((agent) =>
      ids === undefined || ids.includes(agent.id) ? (agent.withModel?.(model) ?? agent) : agent,
    );
    const { engine: _, ...options } = this.#options;
    return new Manager({ ...options, agents });
  }

  async start(): Promise<void> {
    this.#started = true;
    await this.#engine.start();
  }

  async stop(options: { readonly drainMs?: number } = {}): Promise<void> {
    await this.#engine.stop(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #toOpen(input: AnyInput, options: ExecuteOptions): Promise<OpenInput> {
    if (isContext(input)) return fromContext(input, options);
    return toOpenInput(input, options, await newIds(this.#line.ids, this.name, options));
  }

  /** Two calls for one handoff share a run only if they ask for the same. */
  async #runId(open: OpenInput, input: unknown, options: ExecuteOptions): Promise<string> {
    if (!open.whole && options.idempotencyKey === undefined) return open.handoffId;
    try {
      const asked = await sha256(canonicalJson(plainCopy(input)));
      return `${open.handoffId}/${asked.slice(0, 16)}`;
    } catch {
      return `${open.handoffId}/${this.#line.ids('handoff')}`;
    }
  }

  async #execute(
    open: OpenInput,
    input: AnyInput,
    options: ExecuteOptions,
  ): Promise<HandoffResult> {
    const id = await this.#runId(open, input, options);
    return this.#run('handoff', id, open, open, options.signal);
  }

  /** `first` is what a refusal is about where nothing could begin. */
  async #run<Result>(
    workflow: string,
    id: string,
    input: unknown,
    first: OpenInput,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    let begun: { readonly result: Promise<Result> };
    try {
      begun = await this.#begin<Result>(workflow, id, input, signal);
    } catch (thrown) {
      return refusal(first, thrown) as Result;
    }
    return begun.result;
  }

  #begin<Result>(
    workflow: string,
    id: string,
    input: unknown,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly result: Promise<Result> }> {
    const run = { workflow: `${this.name}/${workflow}`, id, input, signal };
    return beginRun(this.#engine, run);
  }
}

function isContext(input: AnyInput): input is HandoffContext {
  return typeof input === 'object' && input !== null && 'originalTask' in input;
}

function misuse(message: string): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', message);
}
