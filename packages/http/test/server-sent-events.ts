import { check } from './api-description.ts';

/** The events of a stream that has ended, or of as much of it as `until` takes. */
export async function readEvents(
  response: Response,
  until: (event: StreamEvent) => boolean = () => false,
): Promise<readonly StreamEvent[]> {
  const events: StreamEvent[] = [];
  let text = '';
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return events;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event === undefined) continue;
      events.push(event);
      check(wireEvent, event, 'an event');
      if (!until(event)) continue;
      await reader.cancel();
      return events;
    }
  }
}

const wireEvent = { $ref: '#/components/schemas/WireEvent' };

/** An event with the id that it was sent under. */
export type StreamEvent = Record<string, unknown> & { readonly type: string; readonly id?: string };

function parse(block: string): StreamEvent | undefined {
  const data = /^data: (.*)$/m.exec(block)?.[1];
  const id = /^id: (.*)$/m.exec(block)?.[1];
  if (data === undefined) return undefined;
  return { ...JSON.parse(data), ...(id === undefined ? {} : { id }) };
}
