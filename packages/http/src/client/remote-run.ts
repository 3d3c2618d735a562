import type { AgentEvent, ApprovalDecision, HandoffResult } from '@agent-handoff/core';
import { HandoffError } from '@agent-handoff/core';
import { contextMediaType } from '../wire/media-type.ts';
import { maxJsonDepth, parseJson } from '../wire/parse-json.ts';
import { eventStreamType } from '../wire/wire-event.ts';
import { ConnectionLost } from './connection-lost.ts';
import { EventParser } from './event-parser.ts';
import { idIn, unreadable } from './handoff-location.ts';
import { raceAbort } from './race-abort.ts';
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

/** What the other side says came of it. */
export interface RemoteResult {
  readonly result: HandoffResult;
  readonly custodyHead: string;
  /** Handoffs that its task took there. */
  readonly handoffs: number;
}

/** How a run of the other side's events may end, and how deep its JSON goes around a context. */
const eventDepth = maxJsonDepth + 4;

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
  async follow(): Promise<RemoteResult> {
    const { signal, maxRetries } = this.#input;
    for (let failures = 0; ; ) {
      this.#progress = false;
      try {
        const answer = await this.#connect();
        const waits = answer.result.status === 'awaiting-approval';
        const { decision } = this.#input;
        if (!waits || decision === undefined || this.#passedOn) return answer;
        await this.#decide(decision);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof ConnectionLost)) throw thrown;
        failures = this.#progress ? 1 : failures + 1;
        if (failures > maxRetries) throw thrown;
        await this.#pause(thrown.retryAfterMs ?? 100 * 2 ** failures);
      }
    }
  }

  /**
   * Ends the handoff on the other side. Where it isn't known yet under which id it is there, waits for
   * the answer that says so.
   */
  async cancel(signal: AbortSignal): Promise<void> {
    if (this.#input.onlyIfKnown) await (await this.#post()).body?.cancel();
    await this.#posting?.catch(() => {});
    if (this.#handoffId === undefined) return;
    const path = `/handoffs/${this.#handoffId}/cancel`;
    const response = await sendRequest(this.#input.remote, { method: 'POST', path, signal });
    await response.body?.cancel();
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
    const response = await (this.#handoffId === undefined ? this.#post() : this.#reconnect());
    return this.#read(response);
  }

  async #post(): Promise<Response> {
    const { remote, body, idempotencyKey, traceparent, timeoutMs, signal } = this.#input;
    const { onlyIfKnown } = this.#input;
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
    const { remote, maxEventBytes, signal } = this.#input;
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
          const result = this.#take(data);
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

  /** Passes on what is said in an event; the result, where it is the last. */
  #take(data: string): RemoteResult | undefined {
    const { remote, onEvent } = this.#input;
    let event: Record<string, unknown>;
    try {
      event = parseJson(data, eventDepth) as Record<string, unknown>;
    } catch (thrown) {
      throw unreadable(remote.id, (thrown as Error).message);
    }
    // Work that the other side hands on is told there too; it is not this agent's answer.
    if (event?.['handoffId'] !== this.#handoffId) return undefined;
    const { type, delta, toolCallId, toolName, result, custodyHead, used } = event;
    if (type === 'output-delta' && typeof delta === 'string') onEvent?.({ type, delta });
    if (type === 'tool-called' && typeof toolCallId === 'string' && typeof toolName === 'string') {
      onEvent?.({ type, toolCallId, toolName });
    }
    if (type !== 'result') return undefined;
    if (typeof result !== 'object' || result === null || typeof custodyHead !== 'string') {
      throw unreadable(remote.id, 'its result is none');
    }
    return { result: result as HandoffResult, custodyHead, handoffs: handoffsIn(used) };
  }

  #pause(ms: number): Promise<void> {
    const { remote, signal } = this.#input;
    let disarm = (): void => {};
    const slept = new Promise<void>((resolve) => {
      disarm = remote.clock.schedule(Math.min(ms, longestPauseMs), resolve);
    });
    return raceAbort(slept, signal).finally(() => disarm());
  }
}

/** A side that says nothing of it took the one that it was given. */
function handoffsIn(used: unknown): number {
  const { handoffs } = (used ?? {}) as { readonly handoffs?: unknown };
  return Number.isSafeInteger(handoffs) && (handoffs as number) > 1 ? (handoffs as number) : 1;
}

const longestPauseMs = 30_000;
