/** One server-sent event. */
export interface ServerSentEvent {
  /** The last id of the stream so far; empty where there was none. */
  readonly id: string;
  readonly data: string;
}

/** Takes an event stream apart as it comes (HTML section 9.2.6), whatever its pieces are. */
export class EventParser {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #maxLength: number;
  /** The beginning of a line whose end isn't there yet, in pieces: no character is looked at twice. */
  #begun: string[] = [];
  #begunLength = 0;
  #data: string[] = [];
  /** Characters in the event's complete lines of data. */
  #length = 0;
  #id = '';
  /** The line feed of a pair may still be on its way. */
  #afterReturn = false;

  /** @param maxBytes of one event, counted in characters, of which each takes one byte at least. */
  constructor(maxBytes: number) {
    this.#maxLength = maxBytes;
  }

  /**
   * The events that are complete with this piece.
   *
   * @throws Error for an event that is too large, and for bytes that are not UTF-8.
   */
  push(piece: Uint8Array): readonly ServerSentEvent[] {
    const text = this.#decoder.decode(piece, { stream: true });
    const events: ServerSentEvent[] = [];
    let start = this.#afterReturn && text.startsWith('\n') ? 1 : 0;
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    lineEnd.lastIndex = start;
    for (let end = lineEnd.exec(text); end !== null; end = lineEnd.exec(text)) {
      const line = this.#begun.join('') + text.slice(start, end.index);
      this.#begun = [];
      this.#begunLength = 0;
      const event = this.#line(line);
      if (event) events.push(event);
      start = lineEnd.lastIndex;
    }
    if (start < text.length) {
      this.#begun.push(text.slice(start));
      this.#begunLength += text.length - start;
      this.#check();
    }
    return events;
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      this.#data.push(value);
      this.#length += value.length + 1;
      this.#check();
    } else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
    }
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    this.#length = 0;
    if (this.#data.length === 0) return undefined;
    const event = { id: this.#id, data: this.#data.join('\n') };
    this.#data = [];
    return event;
  }

  #check(): void {
    if (this.#length + this.#begunLength > this.#maxLength) {
      throw new Error(`an event is larger than ${this.#maxLength} bytes`);
    }
  }
}

const lineEnd = /\r\n|\r|\n/g;
