import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a screen's text goes. */
export type Write = (text: string) => unknown;

/** How a screen is set up. */
export interface ScreenOptions {
  /** Default false. */
  readonly colour?: boolean;
  /**
   * A word that is never shown, whoever says it: servers repeat keys in their complaints. One of
   * fewer than six characters, such as `none`, is no secret.
   */
  readonly secret?: string | undefined;
}

/** Whether a stream is to be coloured: a terminal, unless its owner wants none (no-color.org). */
export function wantsColour(
  { isTTY }: { readonly isTTY?: boolean },
  { NO_COLOR }: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTTY === true && !NO_COLOR;
}

/** Of a terminal that nobody has made wider. */
const width = 80;
const fieldWidth = 12;
const margin = '  ';
const sectionMargin = '     ';
const quoteMark = '  |';

/** The terminal, or whatever stands in for it. Text of models is stripped of control characters. */
export class Screen {
  readonly #write: Write;
  readonly #colour: boolean;
  /** The column that a running quote has reached; undefined outside of one. */
  #column: number | undefined;
  /** The beginning of a word whose end has not come yet. */
  #begun = '';
  #waiting: string[] = [];
  #modelCalls = 0;
  #margin = margin;

  constructor(write: Write, { colour = false, secret }: ScreenOptions = {}) {
    this.#write =
      secret === undefined || secret.length < 6
        ? write
        : (text) => write(text.replaceAll(secret, '[hidden]'));
    this.#colour = colour;
  }

  /** How many model calls were told. */
  get modelCalls(): number {
    return this.#modelCalls;
  }

  /** The title of a part, and the functions that it is about. */
  heading(title: string, functions: readonly string[] = []): void {
    const about = functions.length === 0 ? '' : this.#style('dim', functions.join(', '));
    const start = this.#style(['bold', 'cyan'], about === '' ? title : title.padEnd(40));
    this.#write(`\n${start}${about}\n\n`);
    this.#margin = margin;
  }

  /** The title of a section of a part; what follows is indented. */
  section(title: string): void {
    this.#write(`${margin}${this.#style('bold', title)}\n`);
    this.#margin = sectionMargin;
  }

  /** Ends a section. */
  endSection(): void {
    this.#margin = margin;
  }

  /** A line of the tutorial itself, wrapped between words. */
  line(text = ''): void {
    if (text === '') this.#write('\n');
    else this.#hang('', '', text);
  }

  /** A line that stays one, however long it is: for what somebody may search for. */
  wholeLine(text: string): void {
    this.#write(`${this.#margin}${text}\n`);
  }

  /** A name and what belongs to it, in two columns; a long value is cut after two lines. */
  field(name: string, value: string): void {
    const start = name.padEnd(fieldWidth);
    const most = 2 * (width - fieldWidth - 8);
    this.#hang(start, this.#style('dim', start), clip(plain(value), most));
  }

  /** Something that a check has shown. */
  proven(text: string): void {
    this.#hang('ok', this.#style('green', 'ok'), text);
  }

  /** A model call; one that ends within a running quote is told after it. */
  modelCall(label: string, durationMs: number, inputTokens: number, outputTokens: number): void {
    this.#modelCalls++;
    const what = `» ${label} answered in ${(durationMs / 1000).toFixed(2)} s`;
    const tokens = `${inputTokens} → ${outputTokens} tokens`;
    const told = `${this.#margin}${this.#style('yellow', `${what}, ${tokens}`)}\n`;
    if (this.#column === undefined) this.#write(told);
    else this.#waiting.push(told);
  }

  /** What a model wrote, cut after `most` characters. */
  quote(text: string, most = 280): void {
    this.quotePiece(clip(plain(text).trim(), most));
    this.endQuote();
  }

  /** A piece of what a model is writing, wrapped between words. */
  quotePiece(text: string): void {
    const words = `${this.#begun}${plain(text)}`.split(' ');
    this.#begun = words.pop() ?? '';
    for (const word of words) this.#word(word);
  }

  endQuote(): void {
    this.#word(this.#begun);
    this.#begun = '';
    if (this.#column !== undefined) this.#write('\n');
    this.#column = undefined;
    for (const told of this.#waiting.splice(0)) this.#write(told);
  }

  /** Wraps what follows a start, under itself. */
  #hang(start: string, styled: string, text: string): void {
    const gap = start === '' ? '' : '  ';
    const indent = `${this.#margin}${' '.repeat(start.length)}${gap}`;
    const lines: string[] = [];
    for (const word of text.split(' ')) {
      const last = lines.at(-1);
      const fits = last !== undefined && indent.length + last.length + 1 + word.length <= width;
      if (fits) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    this.#write(`${this.#margin}${styled}${gap}${lines.join(`\n${indent}`)}\n`);
  }

  #word(word: string): void {
    if (word === '') return;
    if (this.#column === undefined || this.#column + 1 + word.length > width) {
      if (this.#column !== undefined) this.#write('\n');
      this.#write(this.#style('dim', quoteMark));
      this.#column = quoteMark.length;
    }
    this.#write(` ${word}`);
    this.#column += 1 + word.length;
  }

  #style(style: Style, text: string): string {
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Without the characters that move a terminal's cursor or change its colours. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
