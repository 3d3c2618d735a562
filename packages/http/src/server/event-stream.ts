import type { Clock } from '@agent-handoff/core';
import type { Reply } from '../wire/reply.ts';
import { eventStreamType, type WireEvent } from '../wire/wire-event.ts';

/** What an event stream is made of. */
export interface EventStreamInput {
  /** Read as fast as the client reads. */
  readonly events: AsyncIterator<WireEvent, unknown, undefined>;
  /** Called when the client leaves. */
  readonly cancel: () => void;
  /** Told what broke the stream; the client sees it end, and can come back. */
  readonly onError: (error: unknown) => void;
  readonly heartbeatMs: number;
  readonly clock: Clock;
}

/** Nothing on the way may keep or hold back any of an event stream. */
const eventStreamHeaders = {
  'cache-control': 'no-store, no-transform',
  'content-type': `${eventStreamType}; charset=utf-8`,
  'x-accel-buffering': 'no',
} as const;

const encoder = new TextEncoder();
const heartbeat = encoder.encode(':\n\n');

/** The answer that is an event stream. */
export function eventStreamReply(
  body: Reply['body'],
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status: 200, headers: { ...headers, ...eventStreamHeaders }, body };
}

/** Events as server-sent events (HTML section 9.2); the id of a recorded one is its `seq`. */
export function toEventStream(input: EventStreamInput): ReadableStream<Uint8Array> {
  const { events, cancel, onError, heartbeatMs, clock } = input;
  let disarm = (): void => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const beat = (): void => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(heartbeat);
        disarm = clock.schedule(heartbeatMs, beat);
      };
      disarm = clock.schedule(heartbeatMs, beat);
    },
    async pull(controller) {
      try {
        const { done, value } = await events.next();
        if (done !== true) {
          controller.enqueue(encoder.encode(toServerSentEvent(value)));
          return;
        }
      } catch (thrown) {
        onError(thrown);
      }
      disarm();
      try {
        controller.close();
      } catch {
        // The client left meanwhile.
      }
    },
    cancel() {
      disarm();
      cancel();
    },
  });
}

/** One event in the format of the stream. JSON has no line breaks, so its data is one line. */
function toServerSentEvent(event: WireEvent): string {
  const id = 'seq' in event && event.type !== 'task-finished' ? `id: ${event.seq}\n` : '';
  return `${id}data: ${JSON.stringify(event)}\n\n`;
}
