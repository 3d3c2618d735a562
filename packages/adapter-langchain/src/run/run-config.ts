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

const signalsKey = '__pregel_abort_signals';

/** Lets a graph heed its own signal: inside of another graph LangGraph would go by that one's alone. */
export function heeding(
  ambient: RunnableConfig | undefined,
  signal: AbortSignal,
): Pick<RunnableConfig, 'configurable'> {
  const { configurable = {} } = ambient ?? {};
  if (configurable[signalsKey] === undefined) return {};
  // All of it, because LangGraph's earlier versions take what is passed instead of what is ambient.
  return { configurable: { ...configurable, [signalsKey]: { externalAbortSignal: signal } } };
}

/**
 * A config for a run inside the ambient one. LangChain takes what is passed instead of what is ambient,
 * so callbacks and metadata are merged here; the signal must already follow the ambient one.
 */
export function nestedConfig(
  ambient: RunnableConfig | undefined,
  own: RunnableConfig,
): RunnableConfig {
  const { callbacks, metadata, tags } = ambient ?? {};
  return mergeConfigs({ callbacks, metadata, tags } as RunnableConfig, own);
}
