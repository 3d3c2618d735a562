import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { addUsage, noUsage, type Usage } from './usage.ts';

const usage = (inputTokens: number, outputTokens: number, costUsd?: number): Usage => ({
  ...(costUsd === undefined ? {} : { costUsd }),
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
});

describe('addUsage', () => {
  it('adds each count', () => {
    expect(addUsage(usage(1, 20), usage(300, 4_000))).toEqual({
      inputTokens: 301,
      outputTokens: 4_020,
      totalTokens: 4_321,
    });
  });

  it('has a cost where either has one, also one of 0', () => {
    expect(addUsage(usage(0, 0, 0.25), usage(0, 0))).toHaveProperty('costUsd', 0.25);
    expect(addUsage(usage(0, 0), usage(0, 0, 0.5))).toHaveProperty('costUsd', 0.5);
    expect(addUsage(usage(0, 0, 0.25), usage(0, 0, 0.5))).toHaveProperty('costUsd', 0.75);
    expect(addUsage(usage(0, 0), usage(0, 0, 0))).toHaveProperty('costUsd', 0);
    expect(addUsage(usage(0, 0), usage(0, 0))).not.toHaveProperty('costUsd');
  });

  it('counts as far as an integer is exact', () => {
    const most = usage(0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    expect(addUsage(most, usage(1, 1, 1))).toEqual({ ...most, inputTokens: 1 });
  });

  it('leaves the first as it is where there is no second', () => {
    const first = usage(1, 2, 3);
    expect(addUsage(first, undefined)).toBe(first);
  });

  const sample = sampled(2_000, 100);
  it(`adds nothing for nothing, in any order, with keys in order (seed ${sample.seed})`, () => {
    const usages = fc
      .tuple(fc.nat(), fc.nat(), fc.option(fc.nat(), { nil: undefined }))
      .map(([a, b, c]) => usage(a, b, c));
    fc.assert(
      fc.property(usages, usages, (a, b) => {
        const sum = addUsage(a, b);
        expect(sum).toEqual(addUsage(b, a));
        expect(addUsage(a, noUsage)).toEqual(a);
        expect(addUsage(noUsage, a)).toEqual(a);
        expect(Object.keys(sum)).toEqual(Object.keys(sum).sort());
        expect(sum.totalTokens).toBe(sum.inputTokens + sum.outputTokens);
      }),
      sample,
    );
  });
});
