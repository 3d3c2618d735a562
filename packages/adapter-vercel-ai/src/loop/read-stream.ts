import type { AgentEvent } from '@agent-handoff/core/adapter';
import type { TextStreamPart, ToolSet } from 'ai';

/**
 * Tells the events of a stream of the AI SDK as they come, to its end. Errors arrive as parts: they
 * reject, and nothing is told after an abort.
 */
export async function readStream(
  stream: AsyncIterable<TextStreamPart<ToolSet>>,
  signal: AbortSignal,
  onEvent: (event: AgentEvent) => void,
): Promise<void> {
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    // Pieces that had arrived before the abort: nobody listens any more.
    signal.throwIfAborted();
    if (part.type === 'text-delta' && part.text !== '') {
      onEvent({ type: 'output-delta', delta: part.text });
    } else if (part.type === 'tool-call') {
      const { toolCallId, toolName } = part;
      onEvent({ type: 'tool-called', toolCallId, toolName });
    }
  }
}
