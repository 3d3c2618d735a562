import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { defaultLimits, type Limits, limitsWith, narrowLimits } from './limits.ts';

const names = ['maxCostUsd', 'maxHandoffs', 'maxTokens', 'maxVisitsPerAgent', 'timeoutMs'] as const;
const count = fc.integer({ min: 1, max: 2 ** 40 });
const cost = fc.double({ min: 1e-9, max: 1e6, noNaN: true });
const some = fc.record(
  {
    maxCostUsd: cost,
    maxHandoffs: count,
    maxTokens: count,
    maxVisitsPerAgent: count,
    timeoutMs: count,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<Limits>>;
const all = some.map((limits): Limits => ({ ...defaultLimits, ...limits }));

describe('the default limits', () => {
  it('are the documented ones', () => {
    expect(defaultLimits).toEqual({
      maxHandoffs: 25,
      maxTokens: 1_000_000,
      maxVisitsPerAgent: 3,
      timeoutMs: 300_000,
    });
  });
});

describe('limitsWith', () => {
  const sample = sampled(2_000, 200);
  it(`replaces defaults by what is given, up or down (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(some, (given) => {
        const limits = limitsWith(given);
        expect(limits).toEqual({ ...defaultLimits, ...given });
        expect(Object.keys(limits)).toEqual(names.filter((name) => name in limits));
      }),
      sample,
    );
  });

  it('keeps the default of a limit that is given as undefined', () => {
    const unset = Object.fromEntries(names.map((name) => [name, undefined]));
    expect(limitsWith(unset)).toEqual(defaultLimits);
    expect(limitsWith()).toStrictEqual(defaultLimits);
  });

  it('refuses what is no limit', () => {
    expect(() => limitsWith({ maxTokens: Number.NaN })).toThrow('The limit maxTokens is NaN');
    expect(() => limitsWith({ tokens: 1 } as never)).toThrow('no limit named "tokens"');
  });
});

describe('narrowLimits', () => {
  const sample = sampled(5_000, 300);
  it(`gives the tighter of each limit, and never a wider one (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(all, some, (limits, narrower) => {
        const narrowed = narrowLimits(limits, narrower);
        for (const name of names) {
          const bounds = [limits[name], narrower[name]].filter((bound) => bound !== undefined);
          expect(narrowed[name]).toBe(bounds.length === 0 ? undefined : Math.min(...bounds));
        }
        expect(Object.keys(narrowed)).toEqual(names.filter((name) => name in narrowed));
        expect(narrowLimits(narrowed, narrower)).toEqual(narrowed);
        expect(narrowLimits(narrowed, limits)).toEqual(narrowed);
      }),
      sample,
    );
  });

  it('leaves limits as they are where nothing narrows them', () => {
    expect(narrowLimits(defaultLimits, undefined)).toBe(defaultLimits);
    expect(narrowLimits(defaultLimits, defaultLimits)).toBe(defaultLimits);
    expect(narrowLimits(defaultLimits, {})).toEqual(defaultLimits);
    const unset = { maxTokens: undefined, maxCostUsd: undefined } as unknown as Partial<Limits>;
    expect(narrowLimits(defaultLimits, unset)).toEqual(defaultLimits);
  });

  it('writes its keys in order, whatever the order given', () => {
    const given = {
      timeoutMs: 5,
      maxTokens: 4,
      maxCostUsd: 1,
      maxVisitsPerAgent: 2,
      maxHandoffs: 3,
    };
    expect(Object.keys(narrowLimits(defaultLimits, given))).toEqual(names);
  });

  it('takes 1, and any cost above 0', () => {
    const least = { maxHandoffs: 1, maxTokens: 1, maxVisitsPerAgent: 1, timeoutMs: 1 };
    expect(narrowLimits(defaultLimits, { ...least, maxCostUsd: Number.MIN_VALUE })).toEqual({
      ...least,
      maxCostUsd: Number.MIN_VALUE,
    });
  });

  it.each([
    ...names.flatMap((name) =>
      [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, true, {}, 10n].map(
        (bound) => [name, bound] as const,
      ),
    ),
    ...names
      .slice(1)
      .flatMap((name) => [1.5, 2 ** 53, Number.MIN_VALUE].map((bound) => [name, bound] as const)),
  ])('refuses %s of %o', (name, bound) => {
    expect(() => narrowLimits(defaultLimits, { [name]: bound } as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: `The limit ${name} is ${bound}: give a ${name === 'maxCostUsd' ? '' : 'whole '}number above 0.`,
        details: { limit: name },
      }),
    );
  });

  it.each(['maxToken', '__proto__', 'constructor', 'deadlineAt', ''])(
    'refuses the unknown limit %j, and lists the known ones',
    (name) => {
      const given = JSON.parse(`{${JSON.stringify(name)}: 5}`) as object;
      expect(() => narrowLimits(defaultLimits, given)).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIGURATION',
          message: `There is no limit named "${name}": the limits are ${names.join(', ')}.`,
          details: { limit: name },
        }),
      );
    },
  );
});
