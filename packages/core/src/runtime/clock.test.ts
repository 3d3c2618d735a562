import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, toTimestamp } from './clock.ts';

const longestMs = 2 ** 31 - 1;

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 24) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const scheduled = (delayMs: number) => {
    const fired: number[] = [];
    const disarm = systemClock.schedule(delayMs, () => fired.push(systemClock.now()));
    return { fired, disarm };
  };

  it('tells the time', () => {
    expect(systemClock.now()).toBe(Date.UTC(2026, 10, 24));
    vi.advanceTimersByTime(1_234);
    expect(systemClock.now()).toBe(Date.UTC(2026, 10, 24) + 1_234);
  });

  it.each([1, 1_000, longestMs, longestMs + 1, 2 * longestMs, 2 * longestMs + 5, 90 * 86_400_000])(
    'fires once after %d ms, and not before',
    (delayMs) => {
      const start = systemClock.now();
      const { fired } = scheduled(delayMs);
      vi.advanceTimersByTime(delayMs - 1);
      expect(fired).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(fired).toEqual([start + delayMs]);
      vi.advanceTimersByTime(3 * longestMs);
      expect(fired).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it.each([0, -1, -1e12])('fires at the next turn after %d ms', (delayMs) => {
    const { fired } = scheduled(delayMs);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(fired).toHaveLength(1);
  });

  it.each([0, longestMs - 1, longestMs, longestMs + 1, 2 * longestMs + 4])(
    'can be prevented after %d ms of a long wait',
    (passedMs) => {
      const { fired, disarm } = scheduled(2 * longestMs + 5);
      vi.advanceTimersByTime(passedMs);
      disarm();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(3 * longestMs);
      expect(fired).toEqual([]);
    },
  );
});

describe('toTimestamp', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [Date.UTC(2026, 10, 24, 9, 30, 0, 7), '2026-11-24T09:30:00.007Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
    [Number.MAX_SAFE_INTEGER, '9999-12-31T23:59:59.999Z'],
  ])('writes %d as %s', (epochMs, text) => {
    expect(toTimestamp(epochMs)).toBe(text);
  });
});
