import { HandoffError } from '@agent-handoff/core/adapter';

/**
 * Hands out the replies of a script: a list is used up one by one, a single reply answers for ever.
 */
export class Script<Reply> {
  readonly #owner: string;
  readonly #replies: readonly Reply[] | undefined;
  readonly #forEver: Reply | undefined;
  #taken = 0;

  /** @param owner names the script in the error at its end. */
  constructor(owner: string, replies: Reply | readonly Reply[]) {
    this.#owner = owner;
    if (isList(replies)) this.#replies = [...replies];
    else this.#forEver = replies;
  }

  /** @throws HandoffError `AGENT_FAILED`, not retryable, after the last reply of a list. */
  next(): Reply {
    this.#taken++;
    if (this.#replies === undefined) return this.#forEver as Reply;
    if (this.#taken <= this.#replies.length) return this.#replies[this.#taken - 1] as Reply;
    throw new HandoffError(
      'AGENT_FAILED',
      `The script of ${this.#owner} is over: it has ${count(this.#replies.length)} and was asked for number ${this.#taken}. Write more, or pass one reply instead of a list to answer every time.`,
      { retryable: false, details: { replies: this.#replies.length, asked: this.#taken } },
    );
  }

  /** Replies that were not asked for yet; `Infinity` for a script without an end. */
  get left(): number {
    return this.#replies === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(0, this.#replies.length - this.#taken);
  }
}

function isList<Reply>(replies: Reply | readonly Reply[]): replies is readonly Reply[] {
  return Array.isArray(replies);
}

const count = (replies: number): string => (replies === 1 ? '1 reply' : `${replies} replies`);
