import {
  type DurableRun,
  type ExecutionEngine,
  inProcessEngine,
  type RunBody,
} from '@agent-handoff/core/engine';
import { describe, expect, test } from 'vitest';
import { type ConformanceResult, runConformance } from './conformance-check.ts';
import { executionEngineChecks } from './describe-execution-engine.ts';
import { pause } from './within.ts';

// Engines with one fault each: the suite must see every one, and no check may be without a fault that
// it sees.

type Fault = (good: ExecutionEngine) => Partial<ExecutionEngine>;

/** Replaces what bodies see of their run. */
const runsAs =
  (change: (run: DurableRun) => Partial<DurableRun>): Fault =>
  (good) => ({
    define: (name, body) =>
      good.define(name, (run, input: never) => {
        const whole: DurableRun = {
          id: run.id,
          step: (key, step) => run.step(key, step),
          all: (key, children) => run.all(key, children),
        };
        return body({ ...whole, ...change(run) }, input);
      }),
  });

const faults: Readonly<Record<string, readonly [sees: string, fault: Fault]>> = {
  'says nothing of itself': ['says what it can do', () => ({ capabilities: {} as never })],
  'loses the input': [
    'runs a body with its id and input',
    (good) => ({ submit: (name, _input, options) => good.submit(name, null, options) }),
  ],
  'gives a result once': [
    'runs a body with its id and input',
    (good) => {
      const asked = new Set<string>();
      return {
        result(id) {
          if (asked.has(id)) return Promise.resolve(undefined);
          asked.add(id);
          return good.result(id);
        },
      };
    },
  ],
  'runs steps twice': [
    'runs the steps of a body in their order',
    runsAs((run) => ({
      step: async (key, body) => {
        await run.step(key, body);
        return run.step(key, body);
      },
    })),
  ],
  'loses what a step gives': [
    'runs the steps of a body in their order',
    runsAs((run) => ({
      step: async (key, body) => {
        await run.step(key, body);
        return undefined as never;
      },
    })),
  ],
  'gives all steps the key of their run': [
    'gives each step of each run an idempotency key',
    runsAs((run) => ({
      step: (key, body) => run.step(key, (step) => body({ ...step, idempotencyKey: run.id })),
    })),
  ],
  'gives steps of one name one key': [
    'gives each step of each run an idempotency key',
    runsAs((run) => ({
      step: (key, body) => run.step(key, (step) => body({ ...step, idempotencyKey: key })),
    })),
  ],
  'runs again what is submitted again': [
    'runs once what is submitted again',
    (good) => ({
      async submit(name, input, { id }) {
        if ((await good.status(id)) === 'running') await good.submit(name, input, { id: `${id}+` });
        else await good.submit(name, input, { id });
      },
    }),
  ],
  'takes failures for results': [
    'rejects the result with what the body threw',
    (good) => ({ result: (id) => good.result(id).catch((error: unknown) => error) }),
  ],
  'forgets what a failure was': [
    'rejects the result with what the body threw',
    (good) => ({
      result: (id) =>
        good.result(id).catch(() => {
          throw new Error('failed');
        }),
    }),
  ],
  'says running for ever': [
    'says that a run is running until it has ended',
    (good) => {
      const submitted = new Set<string>();
      return {
        submit(name, input, options) {
          submitted.add(options.id);
          return good.submit(name, input, options);
        },
        status: async (id) => (submitted.has(id) ? 'running' : 'unknown'),
      };
    },
  ],
  'gives a result of nothing': [
    'knows nothing of a run that was never submitted',
    (good) => ({
      result: async (id) =>
        (await good.status(id)) === 'unknown' ? undefined : await good.result(id),
    }),
  ],
  'throws when it cancels nothing': [
    'knows nothing of a run that was never submitted',
    (good) => ({
      async cancel(id) {
        if ((await good.status(id)) === 'unknown') throw new Error('no run');
        await good.cancel(id);
      },
    }),
  ],
  'takes runs of any name': [
    'refuses a run that nobody defined',
    (good) => ({ submit: (...input) => good.submit(...input).catch(() => {}) }),
  ],
  'keeps bodies in a plain object': [
    'knows each body by its name',
    (good) => {
      const bodies: Record<string, RunBody<never, unknown>> = {};
      return {
        define(name, body) {
          bodies[name] = body as never;
          good.define(name, (run, input: never) => {
            if (!Object.hasOwn(bodies, name)) throw new Error('no body');
            return body(run, input);
          });
        },
      };
    },
  ],
  'gives all runs the input of the first': [
    'keeps runs of one body apart',
    (good) => {
      const inputs: unknown[] = [];
      return {
        submit(name, input, options) {
          inputs.push(input);
          return good.submit(name, inputs[0], options);
        },
      };
    },
  ],
  'cancels nothing': ['cancels: aborts the signal', () => ({ cancel: async () => {} })],
  'cancels without telling the step': [
    'cancels: aborts the signal',
    (good) => {
      const cancelled = new Map<string, PromiseWithResolvers<never>>();
      return {
        async result(id) {
          const cut = Promise.withResolvers<never>();
          cancelled.set(id, cut);
          return Promise.race([good.result(id), cut.promise]);
        },
        cancel: async (id) => cancelled.get(id)?.reject(new Error('cancelled')),
      };
    },
  ],
  'cancels what has left its queue only': [
    'cancels a run that has just been submitted',
    (good) => {
      const queue = new Map<string, Promise<void>>();
      return {
        submit: async (name, input, options) =>
          void queue.set(
            options.id,
            pause(5).then(() => good.submit(name, input, options)),
          ),
        async result(id) {
          await queue.get(id);
          return good.result(id);
        },
      };
    },
  ],
  'cancels everything': [
    'cancels the run it was told to',
    (good) => {
      const ids: string[] = [];
      return {
        submit(name, input, options) {
          ids.push(options.id);
          return good.submit(name, input, options);
        },
        async cancel() {
          for (const id of ids) await good.cancel(id);
        },
      };
    },
  ],
  'goes on after it was stopped': [
    'takes no new runs once it is stopped',
    (good) => ({
      async stop(options) {
        await good.stop(options);
        await good.start();
      },
    }),
  ],
  'sleeps while it drains': [
    'stops at once where nothing runs',
    (good) => ({
      async stop({ drainMs = 0 } = {}) {
        // Longer than the check waits.
        await pause(Math.min(drainMs, 600));
        await good.stop();
      },
    }),
  ],
  'stops without waiting': ['waits on stop until the runs', () => ({ stop: async () => {} })],
  'cuts runs off when it stops': [
    'lets runs end while it drains',
    (good) => ({ stop: () => good.stop({ drainMs: 0 }) }),
  ],
  'waits for ever when it stops': [
    'waits on stop no longer than the drain',
    (good) => ({ stop: () => good.stop() }),
  ],
};

/** A good engine with some methods replaced. */
function broken(fault: Fault): ExecutionEngine {
  const good = inProcessEngine();
  const whole: ExecutionEngine = {
    capabilities: good.capabilities,
    define: (name, body) => good.define(name, body),
    start: () => good.start(),
    stop: (options) => good.stop(options),
    submit: (...input) => good.submit(...input),
    cancel: (id) => good.cancel(id),
    status: (id) => good.status(id),
    result: (id) => good.result(id),
  };
  return { ...whole, ...fault(good) };
}

const failed = (results: readonly ConformanceResult[]): string[] =>
  results.flatMap(({ name, error }) => (error === undefined ? [] : [name]));

describe('the suite of engines sees an engine that', () => {
  test.concurrent.each(Object.entries(faults))('%s', async (_name, [sees, fault]) => {
    const isSeen = executionEngineChecks.filter((check) => check.name.startsWith(sees));
    expect(isSeen).toHaveLength(1);
    const results = await runConformance(isSeen, () => ({ engine: broken(fault), limitMs: 300 }));
    expect(failed(results)).toHaveLength(1);
  });

  test('has a fault for each of its checks', () => {
    const seen = Object.values(faults).map(([sees]) => sees);
    const unseen = executionEngineChecks.filter(
      ({ name }) => !seen.some((start) => name.startsWith(start)),
    );
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });

  test('has no fault, and finds none', async () => {
    const results = await runConformance(executionEngineChecks, () => ({
      engine: broken(() => ({})),
      limitMs: 5_000,
    }));
    expect(failed(results)).toEqual([]);
    expect(results).toHaveLength(executionEngineChecks.length);
  });
});
