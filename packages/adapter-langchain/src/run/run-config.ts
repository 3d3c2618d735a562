import { mergeConfigs, type RunnableConfig } from '@langchain/core/runnables';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';

/** The config of the run that this code is in, where LangChain keeps track of it. */
export function ambientConfig(): RunnableConfig | undefined {
  return AsyncLocalStorageProviderSingleton.getRunnableConfig() as RunnableConfig | undefined;
}

/**
 * Keeps track of runs where nobody has begun to: only LangGraph does it by itself. Without
 * `node:async_hooks` (browsers) runs inside a handoff are not seen as parts of it.
 */
export function trackRuns(): void {
  const { process } = globalThis as {
    readonly process?: { getBuiltinModule?(id: string): { AsyncLocalStorage: new () => never } };
  };
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  if (hooks)
    AsyncLocalStorageProviderSingleton.initializeGlobalInstance(new hooks.AsyncLocalStorage());
}

/** A signal that aborts when one of these does; where there is one, that one. */
export function anySignal(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined || other === signal ? signal : AbortSignal.any([signal, other]);
}

const signalsKey = '__pregel_abort_signals';

/**
 * A config for a run inside the ambient one. LangChain takes what is passed instead of what is ambient,
 * so both are merged here; the signal must already follow the ambient one.
 */
export function nestedConfig(
  ambient: RunnableConfig | undefined,
  own: RunnableConfig,
): RunnableConfig {
  if (ambient === undefined) return own;
  const { callbacks, metadata, tags, configurable } = ambient;
  const merged = mergeConfigs({ callbacks, metadata, tags, configurable } as RunnableConfig, own);
  // Inside of another graph LangGraph would go by that one's signal alone.
  if (merged.configurable?.[signalsKey] !== undefined) {
    merged.configurable[signalsKey] = { externalAbortSignal: own.signal };
  }
  return merged;
}

/** What a config says of where a graph inside of another one keeps its checkpoints. */
export interface CheckpointPlace {
  readonly checkpoint_ns?: string;
  readonly __pregel_scratchpad?: object;
}

/**
 * Gives the graphs of a run checkpoints of their own, where it is in a node of another graph.
 * LangGraph knows graphs in one node by the order in which they run, which is another one where a
 * handoff that is recorded isn't run again.
 */
export function ownCheckpoints(run: string): (around: CheckpointPlace) => CheckpointPlace {
  let scratchpad: object | undefined;
  return ({ checkpoint_ns, __pregel_scratchpad: shared }) => {
    if (!checkpoint_ns || shared === undefined) return {};
    scratchpad ??= Object.create(shared, { subgraphCounter: { value: 0, writable: true } });
    // To LangGraph a number is no node.
    const number = [...run].map((letter) => letter.charCodeAt(0)).join('');
    return {
      checkpoint_ns: `${checkpoint_ns}|${number}`,
      __pregel_scratchpad: scratchpad as object,
    };
  };
}
