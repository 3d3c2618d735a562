import type { HandoffEvent, HandoffStream } from '@agent-handoff/core';

/** A stream that is still to begin. */
export function resumedStream(stream: Promise<HandoffStream>): HandoffStream {
  const result = stream.then((begun) => begun.result);
  const handoff = stream.then((begun) => begun.handoff);
  // Whoever only iterates learns of a fault there.
  for (const settled of [result, handoff]) settled.catch(() => {});
  return {
    result,
    handoff,
    textStream: later(stream.then((begun) => begun.textStream)),
    [Symbol.asyncIterator]: () => later<HandoffEvent>(stream)[Symbol.asyncIterator](),
  };
}

function later<Item>(items: Promise<AsyncIterable<Item>>): AsyncIterable<Item> {
  items.catch(() => {});
  return {
    async *[Symbol.asyncIterator]() {
      yield* await items;
    },
  };
}
