import type { HandoffStream } from '@agent-handoff/core';
import { atMostEvery, type Pace } from './at-most-every.ts';

/** How often and how much is shown of an answer that is being written. */
export interface PreviewOptions extends Partial<Pace> {
  /** The least milliseconds between two previews; default 250. */
  readonly everyMs?: number;
  /** The most characters of a preview, which is the end of the text so far; default 500. */
  readonly chars?: number;
}

/** Which handoff of a task is looked at. */
export interface Route {
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
}

/** What is seen of a running handoff. */
export interface Preview {
  readonly taskId: string;
  readonly handoffId: string;
  readonly text: string;
}

/** Follows a handoff to its end: previews as its target writes, however fast that is. */
export async function* previewText(
  stream: HandoffStream,
  route: Route,
  { everyMs = 250, chars = 500, ...pace }: PreviewOptions,
): AsyncGenerator<Preview, void, undefined> {
  let preview: Preview | undefined;
  const previews = atMostEvery({ everyMs, ...pace }, async (tell) => {
    for await (const event of stream) {
      const { taskId, handoffId } = event;
      if (preview === undefined && event.type === 'accepted' && isOf(event, route)) {
        preview = { taskId, handoffId, text: '' };
      } else if (event.type === 'output-delta' && handoffId === preview?.handoffId) {
        preview = { ...preview, text: lastChars(preview.text + event.delta, chars) };
      } else continue;
      tell();
    }
  });
  for await (const _ of previews) if (preview) yield preview;
}

const isOf = (event: Route, route: Route): boolean =>
  event.sourceAgentId === route.sourceAgentId && event.targetAgentId === route.targetAgentId;

/** The end of a text, without half a character at its start. */
function lastChars(text: string, chars: number): string {
  return text.length <= chars ? text : text.slice(-chars).replace(/^[\uDC00-\uDFFF]/, '');
}
