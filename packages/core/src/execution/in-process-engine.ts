import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type {
  ChildRun,
  DurableRun,
  ExecutionEngine,
  RunBody,
  StepInput,
} from './execution-engine.ts';

interface Run {
  readonly controller: AbortController;
  readonly result: Promise<unknown>;
  isOver: boolean;
}

/** Microtasks for which the result of a run can be had after its end. */
const graceTurns = 4;

/**
 * Runs handoffs in this process. It remembers a run until it has ended and nothing afterwards: the
 * task's log is the journal.
 */
export function inProcessEngine(options: { readonly clock?: Clock } = {}): ExecutionEngine {
  checkOptions('inProcessEngine', options, { clock: true });
  const { clock = systemClock } = options;
  const bodies = new Map<string, RunBody<unknown, unknown>>();
  const runs = new Map<string, Run>();
  let stopped = false;

  return {
    capabilities: { durable: false, distributed: false, nonResidentWaits: true },
    define(name, body) {
      if (bodies.has(name)) {
        throw new HandoffError(
          'INVALID_CONFIGURATION',
          `The engine has runs named "${name}" already: give each manager that shares an engine its own name.`,
          { details: { name } },
        );
      }
      bodies.set(name, body as RunBody<unknown, unknown>);
    },
    async start() {
      stopped = false;
    },
    async stop({ drainMs } = {}) {
      stopped = true;
      const drained = Promise.allSettled([...runs.values()].map(({ result }) => result));
      if (drainMs === undefined) {
        await drained;
        return;
      }
      let disarm = (): void => {};
      const late = new Promise<void>((resolve) => {
        disarm = clock.schedule(drainMs, resolve);
      });
      await Promise.race([drained, late]);
      disarm();
      for (const { controller } of runs.values()) controller.abort(stoppedError());
      await Promise.allSettled([...runs.values()].map(({ result }) => result));
    },
    async submit(name, input, { id }) {
      if (runs.get(id)?.isOver === false) return;
      if (stopped) throw stoppedError();
      const body = bodies.get(name);
      if (!body) throw undefinedRun(name);
      const controller = new AbortController();
      const run = new InProcessRun(id, controller.signal, bodies);
      const begin = async (): Promise<unknown> => {
        // A microtask later, so that whoever submitted can ask for the result before the run can end.
        await Promise.resolve();
        return await body(run, input);
      };
      const begun: Run = { controller, result: begin(), isOver: false };
      const forget = async (): Promise<void> => {
        begun.isOver = true;
        // Whoever submitted it again just before its end has not asked for the result yet.
        for (let turn = 0; turn < graceTurns; turn++) await Promise.resolve();
        if (runs.get(id) === begun) runs.delete(id);
      };
      begun.result.then(forget, forget);
      runs.set(id, begun);
    },
    async cancel(id) {
      runs
        .get(id)
        ?.controller.abort(
          new HandoffError('CANCELLED', 'The handoff was cancelled.', { details: { run: id } }),
        );
    },
    async status(id) {
      return runs.get(id)?.isOver === false ? 'running' : 'unknown';
    },
    result(id) {
      const run = runs.get(id);
      if (run) return run.result;
      return Promise.reject(
        new HandoffError('HANDOFF_NOT_FOUND', `No run "${id}" is going on in this process.`, {
          details: { run: id },
        }),
      );
    },
  };
}

type Bodies = ReadonlyMap<string, RunBody<unknown, unknown>>;

class InProcessRun implements DurableRun {
  readonly id: string;
  readonly #signal: AbortSignal;
  readonly #bodies: Bodies;

  constructor(id: string, signal: AbortSignal, bodies: Bodies) {
    this.id = id;
    this.#signal = signal;
    this.#bodies = bodies;
  }

  step<Output>(key: string, body: (step: StepInput) => Promise<Output>): Promise<Output> {
    return body({ idempotencyKey: `${this.id}/${key}`, signal: this.#signal });
  }

  async all<Output>(key: string, children: readonly ChildRun[]): Promise<readonly Output[]> {
    const settled = await Promise.allSettled(
      children.map(async ({ name, input }, i) => {
        const body = this.#bodies.get(name);
        if (!body) throw undefinedRun(name);
        return body(new InProcessRun(`${this.id}/${key}/${i}`, this.#signal, this.#bodies), input);
      }),
    );
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value as Output;
    });
  }
}

/** A run inside another one's step: its steps are just calls, under the signal of that step. */
export function inlineRun(id: string, signal: AbortSignal): DurableRun {
  return new InProcessRun(id, signal, new Map());
}

function undefinedRun(name: string): HandoffError {
  return new HandoffError('INVALID_CONFIGURATION', `No run named "${name}" was defined.`);
}

function stoppedError(): HandoffError {
  return new HandoffError(
    'INTERRUPTED',
    'This manager was stopped and takes no new handoffs: make another one, or stop it later.',
  );
}
