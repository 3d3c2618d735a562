import type { AgentEvent, ApprovalDecision } from '@agent-handoff/core';
import { HandoffError } from '@agent-handoff/core';
import { contextMediaType } from '../wire/media-type.ts';
import { eventStreamType } from '../wire/wire-event.ts';
import { ConnectionLost } from './connection-lost.ts';
import { EventParser } from './event-parser.ts';
import { idIn, unreadable } from './handoff-location.ts';
import { raceAbort } from './race-abort.ts';
import { type RemoteResult, takeEvent } from './remote-event.ts';
import { type Remote, sendRequest } from './remote-request.ts';

/** One handoff that the other side works on. */
export interface RemoteRunInput {
  readonly remote: Remote;
  /** The context, as it is sent. */
  readonly body: string;
  /** Names the work: sent again under it, it is not done again. */
  readonly idempotencyKey: string;
  readonly traceparent: string | undefined;
  readonly timeoutMs: number;
  readonly silenceTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxEventBytes: number;
  /** What was decided on this side, to be decided on the other, too. */
  readonly decision: ApprovalDecision | undefined;
  /** Whether only what is there already is followed; else it is begun. */
  readonly onlyIfKnown: boolean;
  readonly onEvent: ((event: AgentEvent) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Follows one handoff on the other side, over as many connections as it takes. */
export class RemoteRun {
  readonly #input: RemoteRunInput;
  #handoffId: string | undefined;
  #lastEventId = '';
  /** Whether anything came over the newest connection. */
  #progress = false;
  #posting: Promise<Response> | undefined;
  #passedOn = false;

  constructor(input: RemoteRunInput) {
    this.#input = input;
  }

  /** The id over there, as soon as it is known. */
  get handoffId(): string | undefined {
    return this.#handoffId;
  }

  /** @throws ConnectionLost after the last retry, HandoffError for a refusal, the signal's reason. */
  follow(): Promise<RemoteResult> {
    const { signal, decision } = this.#input;
    return this.#persist(signal, async () => {
      for (;;) {
        const answer = await this.#connect();
        const waits = answer.result.status === 'awaiting-approval';
        if (!waits || decision === undefined || this.#passedOn) return answer;
        await this.#decide(decision);
      }
    });
  }

  /**
   * Ends the handoff on the other side, if it is there. Where it isn't known yet under which id it is,
   * waits for the answer that says so, or asks.
   *
   * @throws As {@link follow} does.
   */
  async cancel(signal: AbortSignal): Promise<void> {
    await this.#posting?.catch(() => {});
    const { remote, onlyIfKnown } = this.#input;
    if (this.#posting === undefined && !onlyIfKnown) return;
    await this.#persist(signal, async () => {
      if (this.#handoffId === undefined) await (await this.#post(true, signal)).body?.cancel();
      const path = `/handoffs/${this.#handoffId}/cancel`;
      const response = await sendRequest(remote, { method: 'POST', path, signal });
      await response.body?.cancel();
    });
  }

  /** Over as many connections as it takes. */
  async #persist<Answer>(signal: AbortSignal, act: () => Promise<Answer>): Promise<Answer> {
    for (let failures = 0; ; ) {
      this.#progress = false;
      try {
        return await act();
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof ConnectionLost)) throw thrown;
        failures = this.#progress ? 1 : failures + 1;
        if (failures > this.#input.maxRetries) throw thrown;
        await this.#pause(thrown.retryAfterMs ?? 100 * 2 ** failures, signal);
      }
    }
  }

  /** What was decided about there before stands; its result says what it was. */
  async #decide(decision: ApprovalDecision): Promise<void> {
    const { remote, signal } = this.#input;
    try {
      const response = await sendRequest(remote, {
        method: 'POST',
        path: `/handoffs/${this.#handoffId}/resume`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(decision),
        signal,
      });
      await response.body?.cancel();
    } catch (thrown) {
      if (!HandoffError.isInstance(thrown) || thrown.details['status'] !== 409) throw thrown;
    }
    this.#passedOn = true;
  }

  async #connect(): Promise<RemoteResult> {
    const { onlyIfKnown, signal } = this.#input;
    const response = await (this.#handoffId === undefined
      ? this.#post(onlyIfKnown, signal)
      : this.#reconnect());
    return this.#read(response);
  }

  #post(onlyIfKnown: boolean, signal: AbortSignal): Promise<Response> {
    const { remote, body, idempotencyKey, traceparent, timeoutMs } = this.#input;
    const sent = new AbortController();
    this.#posting = sendRequest(remote, {
      method: 'POST',
      path: `/handoffs?timeoutMs=${timeoutMs}`,
      headers: {
        accept: eventStreamType,
        'content-type': contextMediaType,
        'idempotency-key': idempotencyKey,
        ...(onlyIfKnown ? { 'if-match': '*' } : {}),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      body,
      signal: sent.signal,
    }).then((response) => {
      this.#handoffId = idIn(response.headers.get('location'), remote.id);
      // The answer has come: from here on an abort closes the stream.
      signal.addEventListener('abort', () => sent.abort(signal.reason), { once: true });
      if (signal.aborted) sent.abort(signal.reason);
      return response;
    });
    // An abort is heard at once; the request goes on for its answer, which says what to cancel.
    return raceAbort(this.#posting, signal);
  }

  #reconnect(): Promise<Response> {
    const { remote, signal } = this.#input;
    return sendRequest(remote, {
      method: 'GET',
      path: `/handoffs/${this.#handoffId}/events?until=waiting`,
      headers: {
        accept: eventStreamType,
        ...(this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }),
      },
      signal,
    });
  }

  async #read(response: Response): Promise<RemoteResult> {
    const { remote, maxEventBytes, onEvent, signal } = this.#input;
    const reader = response.body?.getReader();
    if (reader === undefined) throw new ConnectionLost(`"${remote.id}" answered without a stream`);
    const parser = new EventParser(maxEventBytes);
    const leave = (): void => void reader.cancel().catch(() => {});
    try {
      for (;;) {
        const piece = await raceAbort(this.#piece(reader), signal);
        if (piece === undefined) break;
        for (const { id, data } of this.#parse(parser, piece)) {
          this.#progress = true;
          const result = takeEvent(remote.id, this.#handoffId as string, data, onEvent);
          if (result) return result;
          if (id !== '') this.#lastEventId = id;
        }
      }
    } finally {
      leave();
    }
    throw new ConnectionLost(`"${remote.id}" closed the stream before its end`);
  }

  /** The next bytes; undefined at the end. Silence and a broken connection are {@link ConnectionLost}. */
  async #piece(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
    const { remote, silenceTimeoutMs } = this.#input;
    let disarm = (): void => {};
    const silence = new Promise<never>((_, reject) => {
      disarm = remote.clock.schedule(silenceTimeoutMs, () =>
        reject(new ConnectionLost(`"${remote.id}" was silent for ${silenceTimeoutMs} ms`)),
      );
    });
    try {
      const { done, value } = await Promise.race([reader.read(), silence]);
      return done === true ? undefined : value;
    } catch (thrown) {
      if (thrown instanceof ConnectionLost) throw thrown;
      throw new ConnectionLost(`the connection to "${remote.id}" broke`, { cause: thrown });
    } finally {
      disarm();
    }
  }

  #parse(parser: EventParser, piece: Uint8Array): ReturnType<EventParser['push']> {
    try {
      return parser.push(piece);
    } catch (thrown) {
      throw unreadable(this.#input.remote.id, (thrown as Error).message);
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { remote } = this.#input;
    let disarm = (): void => {};
    const slept = new Promise<void>((resolve) => {
      disarm = remote.clock.schedule(Math.min(ms, longestPauseMs), resolve);
    });
    return raceAbort(slept, signal).finally(() => disarm());
  }
}

const longestPauseMs = 30_000;
