import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/manual-clock.ts';
import { report } from '../../test/scripted-agent.ts';
import { turns } from '../../test/turns.ts';
import type { AgentReport } from '../agent/agent-report.ts';
import { type ErrorCode, errorCodes } from '../errors/error-code.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Attempt, type AttemptInput, runAttempt } from './run-attempt.ts';

/** One attempt of an agent that answers in 1,000 ms at the latest, watched from outside. */
function attempt(call: AttemptInput['call'], fields: Partial<AttemptInput> = {}) {
  const clock = new ManualClock();
  const controller = new AbortController();
  const deadline = clock.now() + 1_000;
  const watched: { settled?: Attempt; readonly signals: AbortSignal[] } = { signals: [] };
  const settling = runAttempt({
    agentId: 'billing',
    call: (signal) => {
      watched.signals.push(signal);
      return call(signal);
    },
    signal: controller.signal,
    deadline,
    clock,
    ...fields,
  }).then((settled) => {
    watched.settled = settled;
    return settled;
  });
  const expectTidy = (): void => {
    expect(clock.waiting).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  };
  return { clock, controller, watched, settling, expectTidy };
}

const hanging = () => new Promise<AgentReport>(() => {});
const answer = report({ output: 'Refunded.' });

describe('an attempt', () => {
  it('is the report of the agent, as it is', async () => {
    const { settling, watched, expectTidy } = attempt(async () => answer);
    const settled = await settling;
    expect(settled.report).toBe(answer);
    expect(settled).not.toHaveProperty('error');
    expect(watched.signals).toHaveLength(1);
    expect(watched.signals[0]?.aborted).toBe(false);
    expectTidy();
  });

  it('ends at the deadline and not before, though the agent never answers', async () => {
    const { clock, watched, expectTidy } = attempt(hanging);
    await clock.advance(999);
    expect(watched.settled).toBeUndefined();
    expect(watched.signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(watched.settled).toMatchObject({
      error: {
        code: 'DEADLINE_EXCEEDED',
        message: expect.stringContaining('"billing"'),
        details: { agentId: 'billing' },
      },
    });
    expect(watched.signals[0]?.reason).toBe(watched.settled?.error);
    expectTidy();
  });

  it.each([0, -1, -100_000])('never calls the agent with %d ms left', async (leftMs) => {
    const clock = new ManualClock();
    const { settling, watched, expectTidy } = attempt(async () => answer, {
      clock,
      deadline: clock.now() + leftMs,
    });
    expect(await settling).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
    expect(watched.signals).toEqual([]);
    expect(clock.waiting).toBe(0);
    expectTidy();
  });

  it('calls the agent with one millisecond left', async () => {
    const clock = new ManualClock();
    const { settling } = attempt(async () => answer, { clock, deadline: clock.now() + 1 });
    expect(await settling).toEqual({ report: answer });
  });

  it('ends when its caller aborts, though the agent never answers', async () => {
    const { controller, settling, watched, expectTidy } = attempt(hanging);
    const reason = new Error('changed my mind');
    controller.abort(reason);
    const { error } = await settling;
    expect(error).toMatchObject({
      code: 'CANCELLED',
      message: 'The handoff to "billing" was cancelled by its caller.',
      details: { agentId: 'billing' },
      retryable: false,
      cause: reason,
    });
    expect(watched.signals[0]?.aborted).toBe(true);
    expect(watched.signals[0]?.reason).toBe(error);
    expectTidy();
  });

  it('never calls the agent where its caller had aborted, even after the deadline', async () => {
    const clock = new ManualClock();
    const reason = new HandoffError('INTERRUPTED', 'stopped');
    const { settling, watched } = attempt(async () => answer, {
      signal: AbortSignal.abort(reason),
      deadline: clock.now() - 1,
      clock,
    });
    expect((await settling).error).toBe(reason);
    expect(watched.signals).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('passes on the reason of an abort that is a HandoffError', async () => {
    const { controller, settling } = attempt(hanging);
    const reason = new HandoffError('INTERRUPTED', 'This manager was stopped.');
    controller.abort(reason);
    expect((await settling).error).toBe(reason);
  });

  it.each(['deadline', 'abort'])('drops what the agent says after the %s', async (end) => {
    const late = Promise.withResolvers<AgentReport>();
    const { clock, controller, settling, expectTidy } = attempt(() => late.promise);
    if (end === 'deadline') await clock.advance(1_000);
    else controller.abort();
    const settled = await settling;
    late.resolve(answer);
    await turns();
    expect(await settling).toBe(settled);
    expect(settled).toHaveProperty('error');
    expectTidy();
  });

  it('drops what the agent throws after the end: nothing is left unhandled', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const { controller, settling } = attempt(
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      );
      controller.abort();
      expect(await settling).toMatchObject({ error: { code: 'CANCELLED' } });
      await turns();
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });

  it('is over for its caller before the agent hears of the abort', async () => {
    const { controller, settling } = attempt(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(answer));
        }),
    );
    controller.abort();
    expect(await settling).toMatchObject({ error: { code: 'CANCELLED' } });
  });

  it('does not abort the signal of an agent that has answered', async () => {
    const { clock, controller, settling, watched } = attempt(async () => answer);
    await settling;
    controller.abort();
    await clock.advance(10_000);
    expect(watched.signals[0]?.aborted).toBe(false);
  });
});

const throwing = {
  enumerable: true,
  get: () => {
    throw new Error('no peeking');
  },
};

/** What makes an error of any copy of this package one of ours. */
function markOf(error: HandoffError): object {
  const [mark] = Object.getOwnPropertySymbols(error);
  return { [mark as symbol]: true };
}

describe('a failed attempt', () => {
  const failing = async (thrown: unknown, sync = false) => {
    const { settling, expectTidy } = attempt(() => {
      if (sync) throw thrown;
      return Promise.reject(thrown);
    });
    const { error } = await settling;
    expectTidy();
    return error as HandoffError;
  };

  it.each([
    [new Error('429 Too Many Requests'), '429 Too Many Requests'],
    ['tired', 'tired'],
    [undefined, 'threw undefined'],
    [null, 'threw null'],
    [{ status: 500 }, 'threw [object Object]'],
  ])('names what was thrown: %o', async (thrown, text) => {
    for (const sync of [true, false]) {
      const error = await failing(thrown, sync);
      expect(error).toMatchObject({
        code: 'AGENT_FAILED',
        message: `Agent "billing" failed: ${text}`,
        retryable: true,
      });
      expect(error.cause).toBe(thrown);
    }
  });

  const codes = Object.keys(errorCodes) as ErrorCode[];
  it.each(codes.filter((code) => errorCodes[code].outcome === 'failed'))(
    'stays what the agent says it is: %s',
    async (code) => {
      const thrown = new HandoffError(code, 'as thrown', { details: { usage: 1 } });
      const error = await failing(thrown);
      expect(error.toJSON()).toEqual(thrown.toJSON());
      expect(error.cause).toBe(thrown);
    },
  );

  const told = (fields: object) => Object.assign(new HandoffError('AGENT_FAILED', 'x'), fields);
  it.each<[string, unknown]>([
    ['has the mark of ours and nothing else', Object.assign(new Error('x'), markOf(told({})))],
    ['has no details', told({ details: undefined })],
    ['has details that throw', told({ details: Object.defineProperty({}, 'a', throwing) })],
    ['has no text', told({ message: {} })],
    ['has no JSON', told({ toJSON: () => 'x' })],
    ['says what can not be recorded', told({ retryable: { n: 1n } })],
    ['has a code of no table', told({ code: 'toString' })],
    ['can not be looked at', new Proxy({}, { getPrototypeOf: throwing.get })],
  ])('is one that can be recorded, though what was thrown %s', async (_, thrown) => {
    const error = await failing(thrown);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      code: 'AGENT_FAILED',
      message: expect.any(String),
      retryable: expect.any(Boolean),
      details: expect.any(Object),
    });
  });

  it.each(codes.filter((code) => errorCodes[code].outcome !== 'failed'))(
    "is the agent's failure, whatever its own handoff was refused for: %s",
    async (code) => {
      for (const retryable of [true, false]) {
        const thrown = new HandoffError(code, 'as thrown', {
          details: { usage: 1, agentId: 'nested' },
          retryable,
        });
        const error = await failing(thrown);
        expect(error.toJSON()).toEqual({
          code: 'AGENT_FAILED',
          message: 'Agent "billing" failed: as thrown',
          retryable,
          details: { usage: 1, agentId: 'billing', cause: code },
        });
        expect(error.cause).toBe(thrown);
      }
    },
  );

  it('is AGENT_FAILED for a code that only a newer copy knows', async () => {
    const thrown = Object.defineProperty(
      Object.assign(new HandoffError('AGENT_FAILED', 'new'), { code: 'FROM_THE_FUTURE' }),
      'retryable',
      { value: false },
    );
    expect(await failing(thrown)).toMatchObject({
      code: 'AGENT_FAILED',
      details: { cause: 'FROM_THE_FUTURE' },
      retryable: false,
    });
  });
});

describe('stopping an attempt from inside', () => {
  it('ends it with the given error, and tells the agent', async () => {
    let stop: ((error: HandoffError) => void) | undefined;
    const { settling, watched, expectTidy } = attempt(hanging, {
      onStart: (given) => {
        stop = given;
      },
    });
    const error = new HandoffError('CANCELLED', 'ended elsewhere');
    stop?.(error);
    expect((await settling).error).toBe(error);
    expect(watched.signals[0]?.reason).toBe(error);
    expectTidy();
  });

  it('is offered only where the agent is called', async () => {
    let offered = 0;
    const clock = new ManualClock();
    const onStart = (): void => void offered++;
    await attempt(async () => answer, { onStart, clock, deadline: clock.now() }).settling;
    await attempt(async () => answer, { onStart, signal: AbortSignal.abort() }).settling;
    expect(offered).toBe(0);
    await attempt(async () => answer, { onStart }).settling;
    expect(offered).toBe(1);
  });
});
