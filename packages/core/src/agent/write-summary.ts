import { filterConversation } from '../context/apply-filters.ts';
import type { ContextFilter } from '../context/context-filter.ts';
import {
  type CreateHandoffContextOptions,
  invalidState,
} from '../context/create-handoff-context.ts';
import type { Summarize } from '../context/summarize-conversation.ts';
import type { WriteSummary } from './summarize-with-model.ts';
import { noUsage, type Usage } from './usage.ts';

/** Options whose summary is written, and what that took. */
export interface SummarizedOptions {
  readonly options: CreateHandoffContextOptions;
  readonly usage: Usage;
}

/**
 * The options with the summary of their state as `write` makes it, of what the filters leave of the
 * conversation. Unchanged where there is no state, or a summary is given. What `createHandoffContext`
 * can't do because it doesn't wait.
 *
 * @throws HandoffError `INVALID_CONTEXT` where a filter or `write` throws; the signal's reason where it
 * aborted.
 */
export async function writeSummary(
  options: CreateHandoffContextOptions,
  write: Summarize | WriteSummary,
  { filters = [], signal }: { filters?: readonly ContextFilter[]; signal?: AbortSignal } = {},
): Promise<SummarizedOptions> {
  if (options.state === undefined || options.conversationSummary !== undefined) {
    return { options, usage: noUsage };
  }
  const messages = filterConversation(options, filters);
  const written = await orRefused(signal, async () =>
    write(messages, signal === undefined ? {} : { signal }),
  );
  return typeof written === 'string'
    ? { options: { ...options, conversationSummary: written }, usage: noUsage }
    : { options: { ...options, conversationSummary: written.text }, usage: written.usage };
}

async function orRefused<Result>(
  signal: AbortSignal | undefined,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (thrown) {
    signal?.throwIfAborted();
    throw invalidState(thrown);
  }
}
