import type { DurableRun, ExecutionEngine, StepInput } from '@agent-handoff/core/engine';
import { within } from './within.ts';

/** How a suite gets at an engine. */
export interface EngineSubject {
  /** An engine that isn't started and has no bodies. */
  readonly engine: ExecutionEngine;
  /** What must not hang fails after this many milliseconds. */
  readonly limitMs: number;
}

/** An id that no other run has, not even on an engine that remembers earlier ones. */
export const runId = (name: string): string => `${name}-${crypto.randomUUID()}`;

/** A step that was begun and ends when the check says so, or when its signal aborts. */
export interface HeldStep extends StepInput {
  readonly input: unknown;
  end(output: unknown): void;
}

/** The runs of a body that wait in their one step. */
export interface HeldRuns {
  /** How many times a step was begun, over all runs. */
  readonly begun: number;
  /** The step of this run, once it has begun. */
  step(id: string): Promise<HeldStep>;
}

/** Defines `work`: a body of one step that waits. */
export function defineWork({ engine, limitMs }: EngineSubject): HeldRuns {
  const steps = new Map<string, PromiseWithResolvers<HeldStep>>();
  const stepOf = (id: string): PromiseWithResolvers<HeldStep> => {
    const step = steps.get(id) ?? Promise.withResolvers<HeldStep>();
    steps.set(id, step);
    return step;
  };
  let begun = 0;
  engine.define('work', (run: DurableRun, input: unknown) =>
    run.step('wait', (step) => {
      begun++;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const abort = (): void => reject(step.signal.reason as Error);
      if (step.signal.aborted) abort();
      else step.signal.addEventListener('abort', abort);
      stepOf(run.id).resolve({ ...step, input, end: resolve });
      return promise;
    }),
  );
  return {
    get begun() {
      return begun;
    },
    step: (id) => within(limitMs, `the step of ${id}`, stepOf(id).promise),
  };
}

/** Settles as the run does, and soon. */
export const resultOf = (subject: EngineSubject, id: string): Promise<unknown> =>
  soon(subject, id, subject.engine.result(id));

/** What a run ended with; rejects where it doesn't end. */
export const endOf = (
  subject: EngineSubject,
  id: string,
): Promise<{ readonly output: unknown } | { readonly error: unknown }> =>
  soon(
    subject,
    id,
    subject.engine.result(id).then(
      (output) => ({ output }),
      (error: unknown) => ({ error }),
    ),
  );

function soon<Value>({ limitMs }: EngineSubject, id: string, end: Promise<Value>): Promise<Value> {
  const result = within(limitMs, `the result of ${id}`, end);
  // A check that fails before it looks at the result leaves it behind.
  result.catch(() => {});
  return result;
}
