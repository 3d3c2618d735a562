import type { ErrorCode } from '@agent-handoff/core/adapter';
import type { UIMessageChunk } from 'ai';
import { type HandoffUpdate, isHandoffUpdate } from '../tools/handoff-update.ts';

/**
 * Shows what handoff tools do as `data-handoff` parts, each updated in place: a response passes
 * through it on its way to `useChat`. Previews become such parts instead of outputs of the tool, which
 * gets its one final output. What has no output when its tool or the response fails is shown as failed
 * or cancelled.
 *
 * @example
 * const stream = result.toUIMessageStream().pipeThrough(handoffParts());
 * return createUIMessageStreamResponse({ stream });
 */
export function handoffParts(): TransformStream<UIMessageChunk, UIMessageChunk> {
  const shown = new Set<string>();
  /** The handoffs that are worked on, by the tool's call. */
  const working = new Map<string, HandoffUpdate>();
  const ended = (
    toolCallId: string,
    status: 'failed' | 'cancelled',
    error: { readonly code: ErrorCode; readonly message: string },
  ): UIMessageChunk[] => {
    const update = working.get(toolCallId);
    if (update === undefined) return [];
    working.delete(toolCallId);
    return [toPart(toolCallId, { ...update, status, text: '', error })];
  };
  const stopped = (): UIMessageChunk[] =>
    [...working.keys()].flatMap((id) =>
      ended(id, 'cancelled', { code: 'CANCELLED', message: 'The response ended before it did.' }),
    );
  const toChunks = (chunk: UIMessageChunk): UIMessageChunk[] => {
    if (chunk.type === 'abort') return [...stopped(), chunk];
    if (chunk.type === 'tool-output-error') {
      const error = { code: 'AGENT_FAILED', message: chunk.errorText } as const;
      return [...ended(chunk.toolCallId, 'failed', error), chunk];
    }
    if (chunk.type !== 'tool-output-available' || !isHandoffUpdate(chunk.output)) return [chunk];
    const { output, toolCallId, preliminary = false } = chunk;
    if (output.status === 'working') working.set(toolCallId, output);
    else working.delete(toolCallId);
    const part = toPart(toolCallId, output);
    // The last preview is the final output again.
    const isNews = preliminary || !shown.has(part.id);
    shown.add(part.id);
    return [...(isNews ? [part] : []), ...(preliminary ? [] : [chunk])];
  };
  return new TransformStream({
    transform(chunk, controller) {
      for (const each of toChunks(chunk)) controller.enqueue(each);
    },
    flush(controller) {
      for (const each of stopped()) controller.enqueue(each);
    },
  });
}

function toPart(toolCallId: string, data: HandoffUpdate) {
  return { type: 'data-handoff' as const, id: data.handoffId ?? toolCallId, data };
}
