import type {
  HandoffEvent,
  HandoffReason,
  HandoffStream,
  RecordedEvent,
} from '@agent-handoff/core';
import type { UIMessageChunk } from 'ai';
import { atMostEvery, type Pace } from '../tools/at-most-every.ts';
import { type HandoffUpdate, toHandoffUpdate } from '../tools/handoff-update.ts';

/**
 * A handoff as a stream for `useChat`, to be merged into a response: the target's answer as text, and
 * a `data-handoff` part for the handoff and each that it causes, updated in place.
 *
 * @param pace how often text is sent on; default every 50 milliseconds.
 *
 * @example
 * const handoff = await continueTransfer(result, { manager });
 * if (handoff) writer.merge(toHandoffUIStream(handoff));
 */
export function toHandoffUIStream(
  stream: HandoffStream,
  pace: Partial<Pace> = {},
): ReadableStream<UIMessageChunk> {
  const chunks = toChunks(stream, { everyMs: 50, ...pace });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
    },
  });
}

async function* toChunks(
  stream: HandoffStream,
  pace: Pace,
): AsyncGenerator<UIMessageChunk, void, undefined> {
  const updates = new Map<string, HandoffUpdate>();
  let text = '';
  let textId: string | undefined;
  yield { type: 'start-step' };
  const news = atMostEvery(pace, async (tell) => {
    const following = (async () => {
      for await (const event of stream) {
        const update = toUpdate(event);
        if (update?.handoffId === undefined) continue;
        updates.set(update.handoffId, update);
        tell();
      }
    })();
    for await (const delta of stream.textStream) {
      text += delta;
      tell();
    }
    await following;
  });
  // What is told is taken first: more may come before the reader asks for the next chunk.
  function* flush(): Generator<UIMessageChunk, void, undefined> {
    const told = [...updates];
    updates.clear();
    for (const [id, data] of told) yield { type: 'data-handoff', id, data };
    if (text === '') return;
    if (textId === undefined) {
      textId = 'handoff-text';
      yield { type: 'text-start', id: textId };
    }
    const delta = text;
    text = '';
    yield { type: 'text-delta', id: textId, delta };
  }
  for await (const _ of news) yield* flush();
  const result = await stream.result;
  yield* flush();
  if (textId !== undefined) yield { type: 'text-end', id: textId };
  const reason = result.returnedContext?.reason ?? 'delegation';
  // Its text is there already.
  yield {
    type: 'data-handoff',
    id: result.handoffId,
    data: { ...toHandoffUpdate(result, reason), text: '' },
  };
  yield { type: 'finish-step' };
}

const statuses: Partial<Record<RecordedEvent['type'], HandoffUpdate['status']>> = {
  accepted: 'working',
  completed: 'completed',
  failed: 'failed',
  rejected: 'rejected',
  cancelled: 'cancelled',
  'approval-requested': 'awaiting-approval',
};

function toUpdate(event: HandoffEvent): HandoffUpdate | undefined {
  if (!('sourceAgentId' in event)) return undefined;
  const { taskId, handoffId, sourceAgentId, targetAgentId, reason } = event;
  const status = statuses[event.type];
  if (status === undefined) return undefined;
  const common = { sourceAgentId, targetAgentId, reason: reason as HandoffReason };
  return { status, ...common, text: '', taskId, handoffId };
}
