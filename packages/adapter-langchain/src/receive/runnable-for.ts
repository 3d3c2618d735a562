import type { HandoffTool } from '@agent-handoff/core/adapter';
import type { Runnable } from '@langchain/core/runnables';
import type { DynamicStructuredTool } from '@langchain/core/tools';
import { toLangChainTool } from '../model/to-langchain-tool.ts';
import { runIn } from './agent-run.ts';
import { kindOf, type RunnableKind, type RunnableLike, toRunnable } from './runnable-input.ts';

/** Makes the runnable for runs that are offered these handoff tools. */
export type MakeRunnable = (offered: { readonly tools: DynamicStructuredTool[] }) => RunnableLike;

/** A runnable, and what it takes. */
export interface MadeRunnable {
  readonly runnable: Runnable;
  readonly kind: RunnableKind;
}

/** The runnables that are kept for an agent: a few paths and scopes; more only where somebody makes them up. */
const maxKept = 16;

/**
 * The runnable for runs that are offered these tools. It is made once for each set of them, because
 * compiling a graph takes longer than running it: its tools act for the run that they are called in.
 */
export function runnableMaker(
  make: MakeRunnable,
): (offered: readonly HandoffTool[]) => MadeRunnable {
  const kept = new Map<string, MadeRunnable>();
  return (offered) => {
    const specs = offered.map(({ name, description, inputSchema }) => {
      return { name, description, inputSchema };
    });
    const key = JSON.stringify(specs);
    const known = kept.get(key);
    if (known) return known;
    const runnable = toRunnable(make({ tools: specs.map((spec) => toLangChainTool(spec, runIn)) }));
    const made = { runnable, kind: kindOf(runnable) };
    const [oldest] = kept.keys();
    if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
    kept.set(key, made);
    return made;
  };
}
