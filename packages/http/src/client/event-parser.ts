/** One server-sent event. */
export interface ServerSentEvent {
  /** The last id of the stream so far; empty where there was none. */
  readonly id: string;
  readonly data: string;
}

/**
 * Takes an event stream apart as it comes (HTML section 9.2.6), whatever its pieces are.
 *
 * @throws Error for an event larger than `maxBytes`, and for bytes that are not UTF-8.
 */
export class EventParser {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #maxLength: number;
  #rest = '';
  #data: string[] = [];
  #length = 0;
  #id = '';

  /** @param maxBytes counted in characters, of which each takes one byte at least. */
  constructor(maxBytes: number) {
    this.#maxLength = maxBytes;
  }

  /** The events that are complete with this piece. */
  push(piece: Uint8Array): readonly ServerSentEvent[] {
    this.#rest += this.#decoder.decode(piece, { stream: true });
    const events: ServerSentEvent[] = [];
    let start = 0;
    for (;;) {
      const end = this.#lineEnd(start);
      if (end === undefined) break;
      const event = this.#line(this.#rest.slice(start, end.at));
      if (event) events.push(event);
      start = end.next;
    }
    this.#rest = this.#rest.slice(start);
    if (this.#length + this.#rest.length > this.#maxLength) {
      throw new Error(`an event is larger than ${this.#maxLength} bytes`);
    }
    return events;
  }

  /** Where the line ends and the next one begins; undefined where the end isn't there yet. */
  #lineEnd(start: number): { readonly at: number; readonly next: number } | undefined {
    for (let at = start; at < this.#rest.length; at++) {
      const code = this.#rest.charCodeAt(at);
      if (code === lineFeed) return { at, next: at + 1 };
      if (code !== carriageReturn) continue;
      // The line feed of a pair may still be on its way.
      if (at + 1 === this.#rest.length) return undefined;
      return { at, next: this.#rest.charCodeAt(at + 1) === lineFeed ? at + 2 : at + 1 };
    }
    return undefined;
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      this.#data.push(value);
      this.#length += value.length;
    } else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
    }
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    if (this.#data.length === 0) return undefined;
    const event = { id: this.#id, data: this.#data.join('\n') };
    this.#data = [];
    this.#length = 0;
    return event;
  }
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
