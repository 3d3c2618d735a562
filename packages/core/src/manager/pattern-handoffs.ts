import type { HandoffAgent } from '../agent/handoff-agent.ts';
import { checkFields } from '../errors/check-options.ts';
import type { Aggregate, Line } from '../line/line.ts';
import type { PatternResult } from '../patterns/pattern-result.ts';
import { checkCall, type HandoffMethod } from './check-call.ts';
import type { RunOptions } from './handoff-input.ts';
import {
  type ChainInput,
  chainFields,
  checkJoin,
  checkUntil,
  type EscalateInput,
  escalateFields,
  type FailoverInput,
  failoverFields,
  type ParallelInput,
  parallelFields,
  toSteps,
} from './pattern-input.ts';
import type { WorkRunner } from './work-runner.ts';

/** The methods of a manager that hand a task to several targets. */
export class PatternHandoffs {
  readonly #line: Line;
  readonly #work: WorkRunner;
  readonly #name: string;
  /** What calls that go on make of their branches, by the first branch, oldest call first. */
  readonly #asked = new Map<string, Aggregate[]>();

  constructor(line: Line, work: WorkRunner, name: string) {
    this.#line = line;
    this.#work = work;
    this.#name = name;
  }

  async chain(input: ChainInput<HandoffAgent>, options: RunOptions): Promise<PatternResult> {
    checkFields('chainHandoff', input, chainFields);
    const steps = await toSteps(input, this.#to('chainHandoff', options, true));
    return this.#work.pattern('chain', { steps }, steps, options);
  }

  async failover(input: FailoverInput<HandoffAgent>, options: RunOptions): Promise<PatternResult> {
    checkFields('failoverHandoff', input, failoverFields);
    const steps = await toSteps(input, this.#to('failoverHandoff', options, false));
    return this.#work.pattern('failover', { steps }, steps, options);
  }

  async escalate(input: EscalateInput<HandoffAgent>, options: RunOptions): Promise<PatternResult> {
    checkFields('escalateHandoff', input, escalateFields);
    const { until, ...shared } = input;
    const raised = { ...shared, reason: 'escalation' } as const;
    const steps = await toSteps(raised, this.#to('escalateHandoff', options, false));
    const run = { steps, until: checkUntil(until) };
    return this.#work.pattern('escalate', run, steps, options);
  }

  async parallel(input: ParallelInput<HandoffAgent>, options: RunOptions): Promise<PatternResult> {
    checkFields('parallelHandoff', input, parallelFields);
    const { join = 'all', aggregate, ...shared } = input;
    const branches = await toSteps(shared, this.#to('parallelHandoff', options, false));
    const run = { branches, join: checkJoin(join, branches.length) };
    const [{ handoffId: root }] = branches;
    const forget = aggregate && this.#aggregateBy(root, aggregate);
    try {
      return await this.#work.pattern('parallel', run, branches, options);
    } finally {
      forget?.();
    }
  }

  /** Calls under one key are one run: whoever asked first makes its answer, as long as the call goes on. */
  #aggregateBy(root: string, aggregate: Aggregate): () => void {
    const { aggregates } = this.#line;
    const asked = this.#asked.get(root) ?? [];
    const settle = (): void => {
      const [first] = asked;
      if (first) {
        this.#asked.set(root, asked);
        aggregates.set(root, first);
      } else {
        this.#asked.delete(root);
        aggregates.delete(root);
      }
    };
    asked.push(aggregate);
    settle();
    return () => {
      asked.splice(asked.indexOf(aggregate), 1);
      settle();
    };
  }

  #to(method: HandoffMethod, options: RunOptions, inherits: boolean) {
    checkCall(method, options);
    return { method, options, ids: this.#line.ids, name: this.#name, inherits };
  }
}
