import { HandoffError } from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';
import { Runnable } from '@langchain/core/runnables';

/** What `createAgent` returns: no runnable, but it has one. */
interface AgentLike {
  readonly graph: Runnable;
}

/** Anything of LangChain that takes messages or a prompt: a chain, a `createAgent` agent, a graph. */
export type RunnableLike = Runnable | AgentLike;

/** What a runnable takes. A graph works on a state, a prompt on variables, anything else on messages. */
export type RunnableKind = 'graph' | 'prompt' | 'messages';

/**
 * The runnable itself.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for anything else, a graph that isn't compiled among it.
 */
export function toRunnable(given: RunnableLike): Runnable {
  const { graph } = given as Partial<AgentLike>;
  if (Runnable.isRunnable(graph)) return graph;
  if (Runnable.isRunnable(given)) return given;
  throw new HandoffError(
    'INVALID_CONFIGURATION',
    'fromLangChain takes a chat model, a runnable, an agent of createAgent or a compiled graph, or a function that makes one.',
  );
}

/** What the runnable takes, as far as it says. */
export function kindOf(runnable: Runnable): RunnableKind {
  const { lg_is_pregel, bound, first, inputVariables } = runnable as {
    readonly lg_is_pregel?: boolean;
    readonly bound?: Runnable;
    readonly first?: Runnable;
    readonly inputVariables?: unknown;
  };
  if (lg_is_pregel) return 'graph';
  if (Array.isArray(inputVariables)) return 'prompt';
  const inner = bound ?? first;
  return inner === undefined ? 'messages' : kindOf(inner);
}

/**
 * The messages as the runnable takes them: `{ messages }` for a graph, `{ messages, input }` for a
 * prompt, where `input` is the text of all of them.
 */
export function toInput(kind: RunnableKind, messages: readonly BaseMessage[]): unknown {
  switch (kind) {
    case 'graph':
      return { messages };
    case 'prompt':
      return { messages, input: messages.map(({ text }) => text).join('\n\n') };
    case 'messages':
      return messages;
  }
}
