import {
  type CompletedHandoff,
  type HandoffManager,
  type HandoffResult,
  unwrap,
} from '@agent-handoff/core';
import { patchConfig, type RunnableConfig } from '@langchain/core/runnables';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import { type InterruptPlace, pausedIn, withPlace } from '../run/interrupt.ts';
import type { ParentCommand } from '../run/parent-command.ts';

/** The Commands by which targets left, beside what the handoffs came to. */
export const leftBy = new WeakMap<CompletedHandoff, ParentCommand>();

/** A run that a handoff is made in, which pauses where an interrupt pauses the target. */
export class PausableRun {
  readonly #config: RunnableConfig;
  readonly #place: InterruptPlace;

  constructor(config: Partial<RunnableConfig> | undefined, callbacks: RunnableConfig['callbacks']) {
    this.#place = { around: config?.configurable ?? {} };
    const child = patchConfig(config, callbacks === undefined ? {} : { callbacks });
    this.#config = withPlace(child, this.#place);
  }

  /** Does something so that runs inside of it are seen as parts of this one. */
  inside<Result>(work: () => Result): Result {
    return AsyncLocalStorageProviderSingleton.runWithConfig(this.#config, work) as Result;
  }

  /**
   * The completed handoff. A target that an interrupt paused in an earlier run of the same graph goes on,
   * in the same handoff, and so does who waits for one; where one pauses it now, this rejects with the interrupt, for the graph to keep.
   */
  async settle<Result extends HandoffResult>(
    manager: HandoffManager,
    result: Result,
  ): Promise<Extract<Result, CompletedHandoff>> {
    let settled: HandoffResult = result;
    if (this.#place.interrupt === undefined) {
      const { signal, configurable } = this.#config;
      const options = {
        by: `LangGraph thread ${String(configurable?.['thread_id'])}`,
        ...(signal === undefined ? {} : { signal }),
      };
      for (const handoffId of await pausedIn(manager, settled)) {
        settled = await this.inside(() => manager.resume(handoffId, { type: 'approve' }, options));
      }
    }
    const { interrupt } = this.#place;
    if (interrupt !== undefined && (await pausedIn(manager, settled)).length > 0) throw interrupt;
    const completed = unwrap(settled) as Extract<Result, CompletedHandoff>;
    const { left } = this.#place;
    if (left?.handoffId === completed.handoffId) leftBy.set(completed, left.by);
    return completed;
  }
}
