import type { UIMessageChunk } from 'ai';
import { isHandoffUpdate } from '../tools/handoff-update.ts';

/**
 * Shows what handoff tools do as `data-handoff` parts, each updated in place: a response passes
 * through it on its way to `useChat`. Previews become such parts instead of outputs of the tool, which
 * gets its one final output.
 *
 * @example
 * const stream = result.toUIMessageStream().pipeThrough(handoffParts());
 * return createUIMessageStreamResponse({ stream });
 */
export function handoffParts(): TransformStream<UIMessageChunk, UIMessageChunk> {
  const shown = new Set<string>();
  return new TransformStream({
    transform(chunk, controller) {
      if (chunk.type !== 'tool-output-available' || !isHandoffUpdate(chunk.output)) {
        controller.enqueue(chunk);
        return;
      }
      const id = chunk.output.handoffId ?? chunk.toolCallId;
      // The last preview is the final output again.
      if (chunk.preliminary || !shown.has(id)) {
        controller.enqueue({ type: 'data-handoff', id, data: chunk.output });
      }
      shown.add(id);
      if (!chunk.preliminary) controller.enqueue(chunk);
    },
  });
}
