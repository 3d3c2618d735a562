import type { TextStreamPart, ToolSet } from 'ai';

type Part = TextStreamPart<ToolSet>;
type Pair = ReadableWritablePair<Part, Part>;

/** A transform of `streamText`, as both majors know it. */
type StreamTransform = (options: { readonly stopStream: () => void }) => Pair;

/**
 * The caller's transforms of a response, behind one that hears what ends it early: an error in it, a
 * connection that breaks, or a transform that stops it. The AI SDK's own callbacks also hear of errors
 * that are tried again, and not of the other two.
 */
export function watchStream(
  transforms: unknown,
  onFailure: (thrown: unknown) => void,
): readonly StreamTransform[] {
  const theirs = [(transforms ?? []) as StreamTransform | StreamTransform[]].flat();
  return [
    () => hearing(onFailure),
    ...theirs.map(
      (transform): StreamTransform =>
        (options) =>
          transform({
            ...options,
            stopStream() {
              onFailure(new Error('a transform stopped the response'));
              options.stopStream();
            },
          }),
    ),
  ];
}

/** Passes on what it is given. */
function hearing(onFailure: (thrown: unknown) => void): Pair {
  const { readable, writable } = new TransformStream<Part, Part>();
  const writer = writable.getWriter();
  // A reader who leaves is told to whoever writes.
  writer.closed.catch(() => {});
  return {
    readable,
    writable: new WritableStream<Part>({
      write(part) {
        if (part.type === 'error') onFailure(part.error);
        return writer.write(part);
      },
      close: () => writer.close(),
      abort(reason) {
        onFailure(reason);
        return writer.abort(reason);
      },
    }),
  };
}
