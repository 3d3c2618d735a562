import { expect, test } from 'vitest';
import { manualClock } from './manual-clock.ts';

test('stands still until it is moved', () => {
  const clock = manualClock({ now: '2026-11-24T09:30:00Z' });
  expect(new Date(clock.now()).toISOString()).toBe('2026-11-24T09:30:00.000Z');
  clock.advance(1_500);
  expect(new Date(clock.now()).toISOString()).toBe('2026-11-24T09:30:01.500Z');
  expect(manualClock().now()).toBe(Date.parse('2026-01-01T00:00:00Z'));
  expect(manualClock({ now: 5 }).now()).toBe(5);
});

test('fires timers at their own time, in order, and those they set', () => {
  const clock = manualClock({ now: 0 });
  const fired: [string, number][] = [];
  const note = (name: string) => () => void fired.push([name, clock.now()]);
  clock.schedule(30, note('c'));
  clock.schedule(10, () => {
    note('a')();
    clock.schedule(10, note('set by a'));
    clock.schedule(100, note('too late'));
  });
  clock.schedule(10, note('b'));
  clock.schedule(-5, note('overdue'));
  expect(clock.pending).toBe(4);
  expect(fired).toEqual([]);
  clock.advance(30);
  expect(fired).toEqual([
    ['overdue', 0],
    ['a', 10],
    ['b', 10],
    ['set by a', 20],
    ['c', 30],
  ]);
  expect(clock.pending).toBe(1);
  expect(clock.now()).toBe(30);
});

test('a prevented timer never fires', () => {
  const clock = manualClock();
  let fired = 0;
  const prevent = clock.schedule(10, () => fired++);
  clock.schedule(5, prevent);
  clock.advance(100);
  expect(fired).toBe(0);
  expect(clock.pending).toBe(0);
  prevent();
});

test('advanceAsync lets promises settle between timers', async () => {
  const clock = manualClock({ now: 0 });
  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.schedule(ms, resolve));
  const times: number[] = [];
  const body = (async () => {
    for (let round = 0; round < 3; round++) {
      await sleep(10);
      times.push(clock.now());
    }
  })();
  await clock.advanceAsync(30);
  expect(times).toEqual([10, 20, 30]);
  await body;
});

test('refuses what is no time', async () => {
  expect(() => manualClock({ now: 'yesterday' })).toThrow(RangeError);
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => manualClock().advance(ms)).toThrow(RangeError);
    await expect(manualClock().advanceAsync(ms)).rejects.toThrow(RangeError);
  }
});

test('says so where timers set each other without an end', () => {
  const clock = manualClock();
  const again = (): void => void clock.schedule(0, again);
  again();
  expect(() => clock.advance(1)).toThrow(/100000 timers/);
});
