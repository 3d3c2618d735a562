import { checkOptions } from '@agent-handoff/core/adapter';
import type { ExecutionEngine } from '@agent-handoff/core/engine';
import { afterEach, describe, test } from 'vitest';
import type { ConformanceCheck } from './conformance-check.ts';
import { engineEndChecks } from './engine-end-checks.ts';
import { engineRunChecks } from './engine-run-checks.ts';
import type { EngineSubject } from './engine-subject.ts';

/** Everything that the {@link ExecutionEngine} port promises. */
export const executionEngineChecks: readonly ConformanceCheck<EngineSubject>[] = [
  ...engineRunChecks,
  ...engineEndChecks,
];

/** What {@link describeExecutionEngine} takes for engines that hold more than memory, or take their time. */
export interface ExecutionEngineSuiteOptions {
  /** Milliseconds after which what must not hang fails; default 5,000. */
  readonly limitMs?: number;
  /** Called after each test, once the engine is stopped. */
  readonly close?: (engine: ExecutionEngine) => void | Promise<void>;
}

const optionNames = {
  limitMs: true,
  close: true,
} satisfies Record<keyof ExecutionEngineSuiteOptions, true>;

/**
 * The conformance suite of execution engines: one vitest test for each promise of the port. Run ids are
 * new in every run of the suite, so that an engine may remember earlier ones.
 *
 * @param make gives an engine that isn't started; called once for each test.
 *
 * @example
 * describeExecutionEngine('inProcessEngine', () => inProcessEngine());
 */
export function describeExecutionEngine(
  name: string,
  make: () => ExecutionEngine | Promise<ExecutionEngine>,
  options: ExecutionEngineSuiteOptions = {},
): void {
  checkOptions('describeExecutionEngine', options, optionNames);
  const { limitMs = 5_000, close } = options;
  describe(`${name} is an ExecutionEngine that`, () => {
    let engine: ExecutionEngine | undefined;
    afterEach(async () => {
      await engine?.stop({ drainMs: 0 });
      if (engine) await close?.(engine);
      engine = undefined;
    });
    for (const check of executionEngineChecks) {
      test(check.name, async () => {
        engine = await make();
        await check.run({ engine, limitMs });
      });
    }
  });
}
