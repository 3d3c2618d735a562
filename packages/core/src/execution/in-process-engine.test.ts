import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/manual-clock.ts';
import { turns } from '../../test/turns.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { DurableRun } from './execution-engine.ts';
import { inProcessEngine } from './in-process-engine.ts';

/** An engine whose runs of `work` end when the test says so. */
function working() {
  const clock = new ManualClock();
  const engine = inProcessEngine({ clock });
  const begun: { readonly id: string; readonly input: unknown; readonly signal: AbortSignal }[] =
    [];
  const ends = new Map<string, PromiseWithResolvers<unknown>>();
  engine.define('work', (run: DurableRun, input: unknown) =>
    run.step('step', ({ signal }) => {
      begun.push({ id: run.id, input, signal });
      const end = Promise.withResolvers<unknown>();
      ends.set(run.id, end);
      signal.addEventListener('abort', () => end.reject(signal.reason as Error));
      return end.promise;
    }),
  );
  return { clock, engine, begun, ends };
}

describe('the in-process engine', () => {
  it('says what it can do', () => {
    expect(inProcessEngine().capabilities).toEqual({
      durable: false,
      distributed: false,
      nonResidentWaits: true,
    });
  });

  it('runs a body with its input, and gives its result to all who ask', async () => {
    const { engine, begun, ends } = working();
    await engine.submit('work', { task: 1 }, { id: 'h-1' });
    const results = [engine.result('h-1'), engine.result('h-1')];
    expect(await engine.status('h-1')).toBe('running');
    await turns();
    expect(begun).toEqual([{ id: 'h-1', input: { task: 1 }, signal: expect.any(AbortSignal) }]);
    ends.get('h-1')?.resolve('done');
    expect(await Promise.all(results)).toEqual(['done', 'done']);
  });

  it('has a result for whoever submits a run again, however near its end', async () => {
    for (let turnsLate = 0; turnsLate < 12; turnsLate++) {
      const { engine, begun, ends } = working();
      await engine.submit('work', null, { id: 'h-1' });
      await turns();
      ends.get('h-1')?.resolve('done');
      for (let turn = 0; turn < turnsLate; turn++) await Promise.resolve();
      await engine.submit('work', null, { id: 'h-1' });
      const result = engine.result('h-1');
      await turns();
      // It was over, so it has begun again.
      if (begun.length === 2) ends.get('h-1')?.resolve('done');
      expect(await result, `${turnsLate} turns late`).toBe('done');
    }
  });

  it('knows each body by its name, and takes no second one of that name', async () => {
    const engine = inProcessEngine();
    engine.define('a', async () => 'of a');
    engine.define('b', async () => 'of b');
    expect(() => engine.define('a', async () => 'another')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining('"a"'),
        details: { name: 'a' },
      }),
    );
    for (const name of ['a', 'b']) {
      await engine.submit(name, null, { id: 'h-1' });
      expect(await engine.result('h-1')).toBe(`of ${name}`);
    }
  });

  it('names each step after its run, and hands on what it throws or answers', async () => {
    const engine = inProcessEngine();
    const keys: string[] = [];
    engine.define('steps', async (run) => {
      for (const key of ['open', 'close']) {
        keys.push(await run.step(key, async ({ idempotencyKey }) => idempotencyKey));
      }
      throw new Error(`of ${run.id}`);
    });
    await engine.submit('steps', null, { id: 'h-1' });
    await expect(engine.result('h-1')).rejects.toThrow('of h-1');
    expect(keys).toEqual(['h-1/open', 'h-1/close']);
  });

  it('runs once what is submitted twice under one id', async () => {
    const { engine, begun, ends } = working();
    await engine.submit('work', 'first', { id: 'h-1' });
    await engine.submit('work', 'second', { id: 'h-1' });
    await turns();
    await engine.submit('work', 'third', { id: 'h-1' });
    expect(begun.map(({ input }) => input)).toEqual(['first']);
    ends.get('h-1')?.resolve('done');
    expect(await engine.result('h-1')).toBe('done');
  });

  it('remembers nothing after the end, whatever the end', async () => {
    const { engine, begun, ends } = working();
    for (const end of ['resolve', 'reject'] as const) {
      await engine.submit('work', end, { id: 'h-1' });
      await turns();
      ends.get('h-1')?.[end](new Error('end'));
      await turns();
      expect(await engine.status('h-1')).toBe('unknown');
      await expect(engine.result('h-1')).rejects.toMatchObject({
        code: 'HANDOFF_NOT_FOUND',
        message: 'No run "h-1" is going on in this process.',
        details: { run: 'h-1' },
      });
    }
    expect(begun).toHaveLength(2);
  });

  it('leaves nothing unhandled where nobody asks for a failed result', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const engine = inProcessEngine();
      engine.define('fails', async () => {
        throw new Error('nobody listens');
      });
      await engine.submit('fails', null, { id: 'h-1' });
      await turns();
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });

  it('takes a body that throws before it waits for one that fails', async () => {
    const engine = inProcessEngine();
    engine.define('throws', () => {
      throw new Error('at once');
    });
    await engine.submit('throws', null, { id: 'h-1' });
    await expect(engine.result('h-1')).rejects.toThrow('at once');
  });

  it('refuses a run that nobody defined, and goes on', async () => {
    const { engine } = working();
    await expect(engine.submit('play', null, { id: 'h-1' })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: 'No run named "play" was defined.',
    });
    expect(await engine.status('h-1')).toBe('unknown');
  });

  it('cancels the run it was told to, and no other', async () => {
    const { engine, begun, ends } = working();
    await engine.submit('work', null, { id: 'h-1' });
    await engine.submit('work', null, { id: 'h-2' });
    const result = engine.result('h-1');
    await turns();
    await engine.cancel('h-1');
    await engine.cancel('h-3');
    await expect(result).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'The handoff was cancelled.',
      details: { run: 'h-1' },
    });
    expect(begun[1]?.signal.aborted).toBe(false);
    ends.get('h-2')?.resolve('done');
    expect(await engine.result('h-2')).toBe('done');
  });
});

describe('stopping the in-process engine', () => {
  const interrupted = { code: 'INTERRUPTED', message: expect.stringContaining('was stopped') };

  it('is done at once where nothing runs', async () => {
    const { engine, clock } = working();
    await engine.stop({ drainMs: 1_000 });
    expect(clock.waiting).toBe(0);
    await engine.stop();
  });

  it('takes nothing new, but waits for what runs, without a bound', async () => {
    const { engine, clock, ends } = working();
    await engine.submit('work', null, { id: 'h-1' });
    const result = engine.result('h-1');
    let stopped = false;
    const stopping = engine.stop().then(() => {
      stopped = true;
    });
    await expect(engine.submit('work', null, { id: 'h-2' })).rejects.toMatchObject(interrupted);
    await engine.submit('work', null, { id: 'h-1' });
    await clock.advance(1e9);
    expect(stopped).toBe(false);
    ends.get('h-1')?.resolve('done');
    await stopping;
    expect(await result).toBe('done');
  });

  it('ends what still runs after the drain, and not before', async () => {
    const { engine, clock, begun, ends } = working();
    await engine.submit('work', null, { id: 'quick' });
    await engine.submit('work', null, { id: 'slow' });
    const results = [engine.result('quick'), engine.result('slow')];
    results[1]?.catch(() => {});
    const stopping = engine.stop({ drainMs: 1_000 });
    await clock.advance(999);
    ends.get('quick')?.resolve('in time');
    await clock.advance(0);
    expect(begun.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await clock.advance(1);
    await stopping;
    expect(await results[0]).toBe('in time');
    await expect(results[1]).rejects.toMatchObject(interrupted);
    expect(begun.map(({ signal }) => signal.aborted)).toEqual([false, true]);
    expect(clock.waiting).toBe(0);
  });

  it('ends everything at once with a drain of 0', async () => {
    const { engine, clock } = working();
    await engine.submit('work', null, { id: 'h-1' });
    const result = expect(engine.result('h-1')).rejects.toMatchObject(interrupted);
    await turns();
    const stopping = engine.stop({ drainMs: 0 });
    await clock.advance(0);
    await stopping;
    await result;
  });

  it('forgets the drain where all ends in time', async () => {
    const { engine, clock, ends } = working();
    await engine.submit('work', null, { id: 'h-1' });
    await turns();
    const stopping = engine.stop({ drainMs: 1_000 });
    ends.get('h-1')?.reject(new HandoffError('AGENT_FAILED', 'also an end'));
    await stopping;
    expect(clock.waiting).toBe(0);
  });

  it('waits for runs that take their time to end after the drain', async () => {
    const clock = new ManualClock();
    const engine = inProcessEngine({ clock });
    const last = Promise.withResolvers<string>();
    engine.define('tidy', () => last.promise);
    await engine.submit('tidy', null, { id: 'h-1' });
    let stopped = false;
    const stopping = engine.stop({ drainMs: 10 }).then(() => {
      stopped = true;
    });
    await clock.advance(10);
    expect(stopped).toBe(false);
    last.resolve('tidied up');
    await stopping;
    expect(stopped).toBe(true);
  });

  it('is undone by start', async () => {
    const { engine, ends } = working();
    await engine.stop();
    await engine.start();
    await engine.submit('work', null, { id: 'h-1' });
    await turns();
    ends.get('h-1')?.resolve('done');
    expect(await engine.result('h-1')).toBe('done');
  });
});
