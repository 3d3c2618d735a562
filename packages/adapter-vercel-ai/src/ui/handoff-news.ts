import type { UIMessageChunk } from 'ai';
import type { HandoffUpdate } from '../tools/handoff-update.ts';

type News =
  | { readonly handoffId: string; update: HandoffUpdate }
  | { readonly handoffId: string; text: string };

/** What happened since it was told last, in order, as chunks: texts of handoffs are parts of their own. */
export class HandoffNews {
  #news: News[] = [];
  readonly #said = new Set<string>();
  /** The text part that is being written. */
  #writing: string | undefined;

  update(update: HandoffUpdate & { readonly handoffId?: string }): void {
    const { handoffId = '' } = update;
    const known = this.#news.find((each) => 'update' in each && each.handoffId === handoffId);
    if (known && 'update' in known) known.update = update;
    else this.#news.push({ handoffId, update });
  }

  say(handoffId: string, text: string): void {
    if (text === '') return;
    this.#said.add(handoffId);
    const last = this.#news.findLast((each) => 'text' in each);
    if (last?.handoffId === handoffId) last.text += text;
    else this.#news.push({ handoffId, text });
  }

  /** Whether it has said anything at all. */
  hasSaid(handoffId: string): boolean {
    return this.#said.has(handoffId);
  }

  *flush(): Generator<UIMessageChunk, void, undefined> {
    // Taken first: more may come before the reader asks for the next chunk.
    const told = this.#news;
    this.#news = [];
    for (const each of told) {
      if ('update' in each) {
        yield { type: 'data-handoff', id: each.handoffId, data: each.update };
        continue;
      }
      const id = `handoff-${each.handoffId}`;
      if (id !== this.#writing) {
        yield* this.end();
        this.#writing = id;
        yield { type: 'text-start', id };
      }
      yield { type: 'text-delta', id, delta: each.text };
    }
  }

  /** Ends the text that is being written. */
  *end(): Generator<UIMessageChunk, void, undefined> {
    const id = this.#writing;
    this.#writing = undefined;
    if (id !== undefined) yield { type: 'text-end', id };
  }
}
