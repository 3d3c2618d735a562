import type { HandoffStream } from '@agent-handoff/core';
import { atMostEvery, type Pace } from './at-most-every.ts';

/** How often and how much is shown of an answer that is being written. */
export interface PreviewOptions extends Partial<Pace> {
  /** The least milliseconds between two previews; default 250. */
  readonly everyMs?: number;
  /** The most characters of a preview, which is the end of the text so far; default 500. */
  readonly chars?: number;
}

/** The names of {@link PreviewOptions}. */
export const previewOptions = {
  everyMs: true,
  chars: true,
  clock: true,
} satisfies Record<keyof PreviewOptions, true>;

/** What is seen of a running handoff. */
export interface Preview {
  readonly taskId: string;
  readonly handoffId: string;
  readonly text: string;
}

/** Follows a handoff to its end: previews as its target writes, however fast that is. */
export async function* previewText(
  stream: HandoffStream,
  { everyMs = 250, chars = 500, ...pace }: PreviewOptions,
): AsyncGenerator<Preview, void, undefined> {
  const { taskId, handoffId } = await stream.handoff;
  let text: string | undefined;
  const previews = atMostEvery({ everyMs, ...pace }, async (tell) => {
    for await (const event of stream) {
      if (event.handoffId !== handoffId) continue;
      if (event.type === 'accepted') text = '';
      else if (event.type === 'output-delta') text = lastChars((text ?? '') + event.delta, chars);
      else continue;
      tell();
    }
  });
  for await (const _ of previews) if (text !== undefined) yield { taskId, handoffId, text };
}

/** The end of a text, without half a character at its start. */
function lastChars(text: string, chars: number): string {
  return text.length <= chars ? text : text.slice(-chars).replace(/^[\uDC00-\uDFFF]/, '');
}
