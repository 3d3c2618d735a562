import type { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import type { AIMessage } from '@langchain/core/messages';
import { pushMessage } from '@langchain/langgraph';
import { ambientConfig } from '../run/run-config.ts';

/** What LangGraph keeps of a stream of messages: those that it has told, by their ids. */
type MessageStream = BaseCallbackHandler & { readonly seen?: Readonly<Record<string, unknown>> };

/**
 * Tells whoever streams the messages of the parent graph of one that a Command adds to it, as its node
 * would have: LangGraph tells nobody of what a Command to the parent writes. What was streamed already is
 * not told again.
 */
export function tellParentGraph(message: AIMessage): void {
  const config = ambientConfig() ?? {};
  const { callbacks, metadata } = config;
  const streams: readonly MessageStream[] = Array.isArray(callbacks)
    ? []
    : (callbacks?.handlers ?? []);
  const parent = parentOf(metadata?.['langgraph_checkpoint_ns']);
  const wasTold = streams.some(({ seen }) => seen?.[message.id ?? ''] !== undefined);
  if (parent === undefined || wasTold) return;
  const { tags: _, ...others } = config;
  pushMessage(message, {
    ...others,
    metadata: {
      ...metadata,
      langgraph_checkpoint_ns: parent,
      checkpoint_ns: parent,
      langgraph_node: parent.slice(parent.lastIndexOf('|') + 1).split(':')[0],
      langgraph_path: undefined,
    },
    stateKey: null,
  } as Parameters<typeof pushMessage>[1]);
}

/** The task of the parent graph that an agent's task is in; a number between them is no task. */
function parentOf(task: unknown): string | undefined {
  const [, parent] = /^(.+?)(?:\|\d+)*\|[^|]+$/.exec(String(task ?? '')) ?? [];
  return parent;
}
