import { describe, expect, it } from 'vitest';
import { leastThat } from './least-that.ts';

describe('leastThat', () => {
  it('finds the smallest number that holds, and asks for few', () => {
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [1, 9],
      [3, 40],
    ] as const) {
      for (let least = from; least <= to; least++) {
        const asked = new Set<number>();
        const holds = (count: number): boolean => {
          expect(asked.size).toBeLessThan(7);
          expect(asked.has(count)).toBe(false);
          asked.add(count);
          return count >= least;
        };
        expect(leastThat(from, to, holds)).toBe(least);
      }
    }
  });

  it('gives the end where none before it holds', () => {
    expect(leastThat(2, 7, () => false)).toBe(7);
  });
});
