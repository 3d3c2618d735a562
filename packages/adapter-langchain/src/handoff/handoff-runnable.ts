import type {
  CompletedHandoff,
  DataOf,
  ExecuteOptions,
  HandoffManager,
  RunResult,
} from '@agent-handoff/core';
import {
  checkFields,
  checkOptions,
  type HandoffAgent,
  HandoffError,
  handoffFields,
} from '@agent-handoff/core/adapter';
import { BaseMessage } from '@langchain/core/messages';
import { Runnable, type RunnableConfig } from '@langchain/core/runnables';
import { ambientConfig, anySignal, trackRuns } from '../run/run-config.ts';
import { asHandoff } from '../run/to-trace.ts';
import { HandoffDelta } from './handoff-delta.ts';
import type {
  AnyInput,
  FittingDefaults,
  HandoffDefaults,
  HandoffRunnableInput,
  TargetIn,
  WithAnyData,
} from './handoff-runnable-input.ts';
import { PausableRun } from './pausable-run.ts';
import { stopOnReturn } from './stop-on-return.ts';
import { targetOf } from './target-of.ts';

/** How every handoff of a runnable is made. */
export interface HandoffRunnableOptions
  extends Pick<ExecuteOptions, 'limits' | 'principal' | 'timeoutMs'> {
  /** Goes where the agents transfer the conversation, as `manager.run` does; default false. */
  readonly followTransfers?: boolean;
}

const optionNames = {
  limits: true,
  principal: true,
  timeoutMs: true,
  followTransfers: true,
} satisfies Record<keyof HandoffRunnableOptions, true>;

/** A completed handoff; where transfers were followed the last one, with those before it. */
export type HandoffRunnableOutput<Data = unknown> = CompletedHandoff<Data> &
  Partial<Pick<RunResult, 'activeAgentId' | 'steps'>>;

/** The options of one run. */
export interface HandoffCallOptions extends RunnableConfig {
  /** Makes a request happen once; see `executeHandoff`. */
  readonly idempotencyKey?: string;
}

/**
 * Handoffs as a runnable of LangChain: to be piped, batched, streamed, repeated and replaced. A run is
 * named `handoff:<source>-><target>` and tagged `handoff`; what the target runs is inside of it. Inside a
 * handoff that this package received, the source and the parent are that handoff's.
 *
 * `invoke` gives the completed handoff and rejects with a `HandoffError` where it doesn't complete, with
 * the ids in its details. `stream` yields {@link HandoffDelta}s as the target writes, then the completed
 * handoff; leaving the loop cancels the handoff. Where an interrupt pauses the target, so does this run:
 * give it an `idempotencyKey`, by which it finds the handoff again when its graph is resumed.
 *
 * @example
 * const billing = HandoffRunnable.from(manager, { target: 'billing' });
 * const answer = billing.pipe(({ output }) => output);
 * await answer.invoke('Refund order 1182');
 */
export class HandoffRunnable<
  Target extends HandoffAgent = HandoffAgent,
  Given extends string = string,
  Source extends string = string,
> extends Runnable<
  HandoffRunnableInput<Target, Given, Source>,
  HandoffRunnableOutput<DataOf<Target>>,
  HandoffCallOptions
> {
  override lc_namespace = ['agent_handoff', 'runnables'];
  readonly #manager: HandoffManager;
  readonly #defaults: Partial<AnyInput>;
  readonly #options: Omit<HandoffRunnableOptions, 'followTransfers'>;
  readonly #followTransfers: boolean;

  static override lc_name(): string {
    return 'HandoffRunnable';
  }

  /**
   * A runnable that hands on by this manager, with these defaults. What they don't give is the input of
   * each run, which may say otherwise about all but the target.
   *
   * @throws HandoffError `INVALID_CONFIGURATION` for a target or a source that the manager doesn't have,
   * and for an option, or a field, that there isn't.
   */
  static from<
    Agent extends HandoffAgent,
    Given extends HandoffDefaults<Agent> = object,
    Follow extends boolean = false,
  >(
    manager: HandoffManager<Agent>,
    defaults?: FittingDefaults<Agent, Given>,
    options: HandoffRunnableOptions & { readonly followTransfers?: Follow } = {},
  ): HandoffRunnable<
    [Follow] extends [false] ? TargetIn<Agent, Given> : WithAnyData<TargetIn<Agent, Given>>,
    keyof Given & string,
    Agent['id']
  > {
    checkOptions('HandoffRunnable.from', options, optionNames);
    checkFields('The defaults of HandoffRunnable.from', defaults ?? {}, handoffFields);
    return new HandoffRunnable(
      manager as unknown as HandoffManager,
      { ...defaults },
      { ...options },
    );
  }

  private constructor(
    manager: HandoffManager,
    defaults: Partial<AnyInput>,
    { followTransfers = false, ...options }: HandoffRunnableOptions,
  ) {
    super();
    trackRuns();
    const { source, target } = defaults;
    if (source !== undefined && source !== 'user') targetOf(manager, source);
    if (target !== undefined) targetOf(manager, target);
    this.#manager = manager;
    this.#defaults = defaults;
    this.#options = options;
    this.#followTransfers = followTransfers;
  }

  override async invoke(
    given: HandoffRunnableInput<Target, Given, Source>,
    options: Partial<HandoffCallOptions> = {},
  ): Promise<HandoffRunnableOutput<DataOf<Target>>> {
    const input = this.#toInput(given, options);
    return this._callWithConfig(
      async (_given: unknown, config, runManager) => {
        const run = new PausableRun(config, runManager?.getChild());
        const options = this.#toOptions(config, config?.signal);
        const asked = await this.#inStore(input, given);
        const result = await run.inside(() =>
          this.#followTransfers
            ? this.#manager.run(toRun(asked), options)
            : this.#manager.executeHandoff(asked, options),
        );
        const completed = await run.settle(this.#manager, result);
        return completed as HandoffRunnableOutput<DataOf<Target>>;
      },
      given,
      asHandoff(options, input),
    );
  }

  override _streamIterator(
    given: HandoffRunnableInput<Target, Given, Source>,
    options: Partial<HandoffCallOptions> = {},
  ): AsyncGenerator<HandoffRunnableOutput<DataOf<Target>>> {
    const stopped = new AbortController();
    const input = this.#toInput(given, options);
    const manager = this.#manager;
    const followTransfers = this.#followTransfers;
    const inStore = this.#inStore(input, given);
    const toOptions = (config: Partial<HandoffCallOptions> | undefined): ExecuteOptions =>
      this.#toOptions(config, anySignal(stopped.signal, config?.signal));
    const pieces = this._transformStreamWithConfig(
      justOne(given),
      async function* (
        given,
        runManager,
        config,
      ): AsyncGenerator<HandoffRunnableOutput<DataOf<Target>>> {
        // What was given is known; reading it is how LangChain learns of it.
        for await (const _ of given);
        const run = new PausableRun(config, runManager?.getChild());
        const asked = await inStore;
        const { textStream, result } = run.inside(() =>
          followTransfers
            ? manager.streamRun(toRun(asked), toOptions(config))
            : manager.streamHandoff(asked, toOptions(config)),
        );
        for await (const delta of textStream) yield new HandoffDelta(delta) as never;
        yield (await run.settle(manager, await result)) as never;
      },
      asHandoff(options, input),
    );
    return stopOnReturn(pieces, stopped);
  }

  #toInput(
    given: HandoffRunnableInput<Target, Given, Source>,
    options: Partial<HandoffCallOptions>,
  ): AnyInput {
    const own: Partial<AnyInput> =
      typeof given === 'string'
        ? { task: given }
        : BaseMessage.isInstance(given)
          ? { task: given.text }
          : (given as Partial<AnyInput>);
    const input = { ...this.#defaults, ...own };
    if (typeof input.target !== 'string') {
      throw new HandoffError(
        'INVALID_CONFIGURATION',
        'The handoff has no target: name one in the input, or for all in HandoffRunnable.from.',
      );
    }
    return { ...this.#around(input, options), ...input } as AnyInput;
  }

  /** The handoff that this one is made in, where its receiver is the source. */
  #around(
    { source, parent }: Partial<AnyInput>,
    options: Partial<HandoffCallOptions>,
  ): Pick<AnyInput, 'source' | 'parent'> {
    const { handoff_id, handoff_target } = {
      ...ambientConfig()?.metadata,
      ...options.metadata,
    } as Record<string, string | undefined>;
    if (handoff_id === undefined || handoff_target === undefined) return {};
    if (!this.#manager.agents.has(handoff_target)) return {};
    if (source !== undefined && source !== handoff_target) return {};
    return { source: handoff_target, ...(parent === undefined ? { parent: handoff_id } : {}) };
  }

  /** The input; without the handoff around where another manager made it, which is no parent here. */
  async #inStore(input: AnyInput, given: unknown): Promise<AnyInput> {
    const { parent, ...others } = input;
    const own = (given as Partial<AnyInput>).parent ?? this.#defaults.parent;
    if (parent === undefined || own !== undefined) return input;
    const { store } = this.#manager;
    const known = await store.findTask(String(parent)).catch(() => parent);
    return known === undefined ? others : input;
  }

  #toOptions(
    config: Partial<HandoffCallOptions> | undefined,
    signal: AbortSignal | undefined,
  ): ExecuteOptions {
    return {
      ...this.#options,
      ...(signal === undefined ? {} : { signal }),
      ...(config?.idempotencyKey === undefined ? {} : { idempotencyKey: config.idempotencyKey }),
    };
  }
}

const toRun = ({ target, task, ...others }: AnyInput) => ({
  ...others,
  entry: target,
  input: task,
});

async function* justOne<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}
