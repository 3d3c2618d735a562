import { canonicalJson } from '../context/canonical-json.ts';
import type { Json } from '../context/json.ts';
import { plainCopy } from '../context/plain-json.ts';
import type { ExecutionEngine } from '../execution/execution-engine.ts';
import { knownAgent } from '../line/decide-handoff.ts';
import type { HandoffResult } from '../line/handoff-result.ts';
import type { RecordedInput } from '../line/handoff-run.ts';
import type { Line } from '../line/line.ts';
import type { OpenInput } from '../line/open-input.ts';
import type { PatternResult } from '../patterns/pattern-result.ts';
import type { RouteRunInput, RunResult } from '../patterns/route-run.ts';
import { settledOrAborted } from '../runtime/settled-or-aborted.ts';
import { sha256 } from '../runtime/sha256.ts';
import { beginRun, refusal } from './engine-run.ts';
import type { RunOptions } from './handoff-input.ts';
import { isKnownRun } from './known-run.ts';
import type { UnfinishedWork } from './resume-handoff.ts';
import { defineWorkflows, type Workflow } from './workflows.ts';

/** Runs a manager's work on its engine, and makes results of what could not begin. */
export class WorkRunner {
  readonly #line: Line;
  readonly #engine: ExecutionEngine;
  readonly #name: string;
  /** The newest turn of each thread in this process, so that its turns come in the order of their calls. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(line: Line, engine: ExecutionEngine, name: string) {
    this.#line = line;
    this.#engine = engine;
    this.#name = name;
    defineWorkflows(engine, name, line);
  }

  /** One handoff. `asked` is the caller's own input. */
  async handoff(open: OpenInput, asked: unknown, options: RunOptions): Promise<HandoffResult> {
    const id = await this.#runId(open, asked, options);
    return await this.#run<HandoffResult>('handoff', id, open, open, options.signal);
  }

  /** Several handoffs in one run. A step to an agent that there isn't refuses it before any other runs. */
  async pattern(
    workflow: Workflow,
    input: object,
    [first, ...others]: readonly [OpenInput, ...OpenInput[]],
    options: RunOptions,
  ): Promise<PatternResult> {
    const { handoffId: root } = first;
    const id = await this.#runId(first, input, options);
    try {
      const spec = { root, workflow, input: input as Json };
      // A whole context has an id of its own, whatever the key.
      const isKeyed = options.idempotencyKey !== undefined && !first.whole;
      const resumed = isKeyed && (await isKnownRun(this.#line, spec));
      const refused = resumed ? undefined : this.#refusedStep(others);
      if (refused) return { ...refused, steps: [] };
      const whole = resumed ? { ...input, resumed } : input;
      const result = await this.#run<PatternResult>(
        workflow,
        `${id}/${workflow}`,
        whole,
        first,
        options.signal,
      );
      return { ...result, steps: result.steps ?? [] };
    } catch (thrown) {
      return { ...refusal(first, thrown), steps: [] };
    }
  }

  /** The result of the first step to an agent that there isn't. */
  #refusedStep(steps: readonly OpenInput[]): HandoffResult | undefined {
    for (const step of steps) {
      try {
        knownAgent(this.#line, step.target, 'target');
      } catch (thrown) {
        return refusal(step, thrown);
      }
    }
    return undefined;
  }

  /** A turn of a conversation; the turns of a thread one after the other. */
  async run(input: RouteRunInput, options: RunOptions): Promise<RunResult> {
    const { threadId, entry } = input;
    const go = async (): Promise<RunResult> => {
      const result = await this.pattern('run', input, [entry], options);
      return { activeAgentId: entry.target, ...result };
    };
    if (threadId === undefined) return go();
    const before = this.#turns.get(threadId) ?? Promise.resolve();
    // Whoever gives up has nothing to wait for.
    const turn = settledOrAborted(before, options.signal).then(go);
    const over = Promise.allSettled([before, turn]).then(() => {});
    this.#turns.set(threadId, over);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(threadId) === over) this.#turns.delete(threadId);
    }
  }

  /** The result of a run that could not begin; a programming mistake is thrown. */
  refusedRun({ entry }: RouteRunInput, thrown: unknown): RunResult {
    return { ...refusal(entry, thrown), steps: [], activeAgentId: entry.target };
  }

  /** What was begun before, from where its log ends. */
  async unfinished(
    { workflow, input, first }: UnfinishedWork,
    signal: AbortSignal | undefined,
  ): Promise<HandoffResult> {
    const id = `${first.handoffId}/resume/${this.#line.ids('handoff')}`;
    return this.#run(workflow, id, input, first, signal);
  }

  /** Begins a run of one handoff, which nobody waits for. */
  async submit(open: OpenInput, signal: AbortSignal | undefined): Promise<void> {
    const { result } = await this.#begin('handoff', open.handoffId, open, signal);
    result.catch(() => {});
  }

  /** Two calls for one handoff share a run only if they ask for the same. */
  #runId(open: OpenInput, asked: unknown, options: RunOptions): string | Promise<string> {
    const isNew = !open.whole && options.idempotencyKey === undefined;
    return isNew ? open.handoffId : this.#sharedRunId(open, asked);
  }

  async #sharedRunId(open: OpenInput, asked: unknown): Promise<string> {
    try {
      const hash = await sha256(canonicalJson(plainCopy(asked)));
      return `${open.handoffId}/${hash.slice(0, 16)}`;
    } catch {
      return `${open.handoffId}/${this.#line.ids('handoff')}`;
    }
  }

  /** `first` is what a refusal is about where nothing could begin. */
  async #run<Result>(
    workflow: Workflow,
    id: string,
    input: unknown,
    first: RecordedInput,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    let begun: { readonly result: Promise<Result> };
    try {
      begun = await this.#begin<Result>(workflow, id, input, signal);
    } catch (thrown) {
      return refusal(first, thrown) as Result;
    }
    return await begun.result;
  }

  #begin<Result = HandoffResult>(
    workflow: Workflow,
    id: string,
    input: unknown,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly result: Promise<Result> }> {
    const run = { workflow: `${this.#name}/${workflow}`, id, input, signal };
    return beginRun(this.#engine, run);
  }
}
