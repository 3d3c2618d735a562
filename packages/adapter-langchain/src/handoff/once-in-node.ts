import { errorCodes, HandoffError } from '@agent-handoff/core';
import type { RunnableConfig } from '@langchain/core/runnables';

/** How often the work of a node has failed, by its key, while LangGraph tries the node again. */
const failures = new WeakMap<object, Map<string, number>>();

/**
 * Does work under an idempotency key: of the node's checkpoint, the same when the node runs again, and of
 * what tells the work from other work in the node. When it has failed, the next try of a `retryPolicy`
 * is under a key of its own. Outside of a graph there is no key.
 */
export async function onceInNode<Result>(
  { configurable = {} }: RunnableConfig,
  which: readonly (string | undefined)[],
  work: (key: { readonly idempotencyKey?: string }) => Promise<Result>,
): Promise<Result> {
  const { thread_id, checkpoint_ns, __pregel_scratchpad: run } = configurable;
  if (typeof checkpoint_ns !== 'string' || checkpoint_ns === '') return work({});
  const key = JSON.stringify([thread_id, checkpoint_ns, ...which]);
  // LangGraph has one of these for each run of a node, which all tries of it share.
  const failed = failures.get(run) ?? new Map<string, number>();
  failures.set(run, failed);
  const before = failed.get(key) ?? 0;
  try {
    return await work({ idempotencyKey: before === 0 ? key : `${key}#${before}` });
  } catch (thrown) {
    const hasFailed = HandoffError.isInstance(thrown) && isFailure(thrown);
    if (hasFailed) failed.set(key, before + 1);
    throw thrown;
  }
}

const isFailure = ({ code }: HandoffError): boolean => errorCodes[code]?.outcome === 'failed';
