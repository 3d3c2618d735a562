import type {
  HandoffEvent,
  HandoffReason,
  HandoffStream,
  RecordedEvent,
} from '@agent-handoff/core';
import { checkOptions } from '@agent-handoff/core/adapter';
import type { UIMessageChunk } from 'ai';
import { atMostEvery, type Pace, paceOptions } from '../tools/at-most-every.ts';
import { type HandoffUpdate, toHandoffUpdate } from '../tools/handoff-update.ts';
import { HandoffNews } from './handoff-news.ts';

/**
 * A handoff as a stream for `useChat`, to be merged into a response: a `data-handoff` part for it and
 * each that it causes, updated in place, and what each agent that has the conversation says, as text
 * behind the part of its handoff. Whoever stops reading doesn't stop the handoff.
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
  checkOptions('toHandoffUIStream', pace, paceOptions);
  const chunks = toChunks(stream, { everyMs: 50, ...pace });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      // Not waited for: it ends with the next news.
      void chunks.return();
    },
  });
}

async function* toChunks(
  stream: HandoffStream,
  pace: Pace,
): AsyncGenerator<UIMessageChunk, void, undefined> {
  const news = new HandoffNews();
  yield { type: 'start-step' };
  const tellings = atMostEvery(pace, async (tell) => {
    const { handoffId } = await stream.handoff;
    const speakers = new Speakers(handoffId);
    for await (const event of stream) {
      if (event.type === 'output-delta') {
        if (!speakers.has(event.handoffId)) continue;
        news.say(event.handoffId, event.delta);
      } else {
        const update = toUpdate(event);
        if (update === undefined) continue;
        speakers.hear(event as RecordedEvent);
        news.update(update);
      }
      tell();
    }
  });
  for await (const _ of tellings) yield* news.flush();
  const result = await stream.result;
  const { handoffId } = result;
  if (result.status === 'completed' && !news.hasSaid(handoffId)) news.say(handoffId, result.output);
  yield* news.flush();
  yield* news.end();
  const reason = result.returnedContext?.reason ?? 'delegation';
  // Its text is there already.
  const data = { ...toHandoffUpdate(result, reason), text: '' };
  yield { type: 'data-handoff', id: handoffId, data };
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

/**
 * The handoffs whose agents speak to the user: the one that is followed, and each that the conversation
 * is handed on to when the one before it has ended. What is asked for meanwhile is answered to an agent.
 */
class Speakers {
  readonly #ids: Set<string>;
  #open: string | undefined;

  constructor(first: string) {
    this.#ids = new Set([first]);
    this.#open = first;
  }

  has(handoffId: string): boolean {
    return this.#ids.has(handoffId);
  }

  hear({ type, handoffId, reason }: RecordedEvent): void {
    if (type !== 'accepted' && handoffId === this.#open) this.#open = undefined;
    else if (type === 'accepted' && (this.has(handoffId) || this.#isNext(reason))) {
      this.#ids.add(handoffId);
      this.#open = handoffId;
    }
  }

  #isNext(reason: string): boolean {
    return this.#open === undefined && reason !== 'delegation';
  }
}

function toUpdate(event: HandoffEvent): HandoffUpdate | undefined {
  if (!('sourceAgentId' in event)) return undefined;
  const { taskId, handoffId, sourceAgentId, targetAgentId, reason } = event;
  const status = statuses[event.type];
  if (status === undefined) return undefined;
  const common = { sourceAgentId, targetAgentId, reason: reason as HandoffReason };
  return { status, ...common, text: '', taskId, handoffId };
}
