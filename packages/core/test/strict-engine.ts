import type { DurableRun, ExecutionEngine } from '../src/execution/execution-engine.ts';
import { inProcessEngine } from '../src/execution/in-process-engine.ts';

export interface StrictEngine extends ExecutionEngine {
  /** The keys of the steps since it was last asked, in the order in which they began. */
  takeSteps(): readonly string[];
}

/** An engine on which no step of a run may have the key of another: a durable one takes the two for one. */
export function strictEngine(): StrictEngine {
  const inner = inProcessEngine();
  const steps: string[] = [];
  return {
    ...inner,
    takeSteps: () => steps.splice(0),
    define(name, body) {
      inner.define(name, (run, input: Parameters<typeof body>[1]) =>
        body(strict(run, steps), input),
      );
    },
  };
}

function strict(run: DurableRun, steps: string[]): DurableRun {
  const own = new Set<string>();
  return {
    id: run.id,
    step(key, body) {
      if (own.has(key)) throw new Error(`The step "${key}" was made before.`);
      own.add(key);
      steps.push(key);
      return run.step(key, body);
    },
    all: (key, children) => run.all(key, children),
  };
}
