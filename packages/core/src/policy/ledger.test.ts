import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import {
  type Amounts,
  difference,
  exactCost,
  grantFrom,
  type Ledger,
  noAmounts,
  openLedger,
  remainingFor,
  remainingOf,
  reserve,
  settle,
  shareOf,
  withLimits,
} from './ledger.ts';
import { defaultLimits, type Limits } from './limits.ts';

const limits: Limits = { ...defaultLimits, maxHandoffs: 10, maxTokens: 1_000 };
const costly: Limits = { ...limits, maxCostUsd: 1 };
const spent = (totalTokens: number, costUsd?: number) => ({
  inputTokens: 0,
  outputTokens: totalTokens,
  totalTokens,
  ...(costUsd === undefined ? {} : { costUsd }),
});
const ledgerOf = (
  own: Limits,
  used: Partial<Amounts> = {},
  reserved: Partial<Amounts> = {},
): Ledger => ({
  limits: own,
  reserved: { ...noAmounts, ...reserved },
  used: { ...noAmounts, ...used },
});

describe('a ledger', () => {
  it('begins with nothing spent', () => {
    expect(openLedger(costly)).toEqual(ledgerOf(costly));
    expect(remainingOf(openLedger(costly))).toEqual({ costUsd: 1, handoffs: 10, tokens: 1_000 });
  });

  it('says nothing of a cost that is not limited', () => {
    expect(remainingOf(openLedger(limits))).toEqual({ handoffs: 10, tokens: 1_000 });
  });

  it('has left what is neither spent nor set aside, and never less than nothing', () => {
    const ledger = ledgerOf(
      costly,
      { costUsd: 0.25, handoffs: 3, tokens: 100 },
      { costUsd: 0.5, handoffs: 2, tokens: 300 },
    );
    expect(remainingOf(ledger)).toEqual({ costUsd: 0.25, handoffs: 5, tokens: 600 });
    const over = ledgerOf(costly, { costUsd: 3, handoffs: 11, tokens: 5_000 });
    expect(remainingOf(over)).toEqual({ costUsd: 0, handoffs: 0, tokens: 0 });
  });

  it('keeps its balance under tighter limits', () => {
    const ledger = ledgerOf(limits, { tokens: 700, handoffs: 1 });
    expect(withLimits(ledger, limits)).toBe(ledger);
    const tight = { ...limits, maxTokens: 500 };
    expect(withLimits(ledger, tight)).toEqual({ ...ledger, limits: tight });
    expect(remainingOf(withLimits(ledger, tight)).tokens).toBe(0);
  });

  it('has its keys in order after every step', () => {
    const grant = grantFrom(openLedger(costly)) as Amounts;
    const reserved = reserve(openLedger(costly), grant);
    for (const ledger of [
      reserved,
      settle(reserved, grant, spent(1)),
      withLimits(reserved, limits),
    ]) {
      expect(Object.keys(ledger)).toEqual(['limits', 'reserved', 'used']);
      expect(Object.keys(ledger.reserved)).toEqual(['costUsd', 'handoffs', 'tokens']);
      expect(Object.keys(ledger.used)).toEqual(['costUsd', 'handoffs', 'tokens']);
    }
  });
});

describe('a grant', () => {
  it('is one handoff and half of what is free', () => {
    expect(grantFrom(openLedger(costly))).toEqual({ costUsd: 0.5, handoffs: 1, tokens: 500 });
    expect(grantFrom(openLedger(limits))).toEqual({ costUsd: 0, handoffs: 1, tokens: 500 });
    expect(grantFrom(ledgerOf(limits, { tokens: 997 }))).toMatchObject({ tokens: 2 });
    expect(grantFrom(ledgerOf(limits, { tokens: 999 }))).toMatchObject({ tokens: 1 });
  });

  it.each([
    ['handoffs', ledgerOf(costly, { handoffs: 10 })],
    ['handoffs that still run', ledgerOf(costly, { handoffs: 4 }, { handoffs: 6 })],
    ['tokens', ledgerOf(costly, { tokens: 1_000 })],
    ['reserved tokens', ledgerOf(costly, { tokens: 600 }, { tokens: 400 })],
    ['money', ledgerOf(costly, { costUsd: 1 })],
    ['reserved money', ledgerOf(costly, { costUsd: 0.5 }, { costUsd: 0.5 })],
    ['more than there was', ledgerOf(costly, { costUsd: 2 })],
  ])('is refused where all is gone: %s', (_, ledger) => {
    expect(grantFrom(ledger)).toBeUndefined();
  });

  it.each([
    [0.8, 0.7, 0.1],
    [0.3, 0.1, 0.2],
    [1.1, 0.9, 0.2],
  ])('sees that of %d dollars %d and %d are all', (maxCostUsd, used, reserved) => {
    const ledger = ledgerOf({ ...limits, maxCostUsd }, { costUsd: used }, { costUsd: reserved });
    expect(remainingOf(ledger).costUsd).toBe(0);
    expect(grantFrom(ledger)).toBeUndefined();
  });

  it('is given back whole, and what was spent is counted', () => {
    const ledger = ledgerOf(costly, { costUsd: 0.125, handoffs: 2, tokens: 100 }, { tokens: 50 });
    const grant = { costUsd: 0.25, handoffs: 1, tokens: 425 };
    const reserved = reserve(ledger, grant);
    expect(reserved).toEqual({
      ...ledger,
      reserved: { costUsd: 0.25, handoffs: 1, tokens: 475 },
    });
    expect(settle(reserved, grant, spent(30, 0.0625))).toEqual({
      limits: costly,
      reserved: { costUsd: 0, handoffs: 0, tokens: 50 },
      used: { costUsd: 0.1875, handoffs: 3, tokens: 130 },
    });
    expect(settle(reserved, grant, spent(30)).used.costUsd).toBe(0.125);
    expect(settle(reserved, grant, spent(30), 4).used.handoffs).toBe(7);
    expect(difference(reserved.reserved, ledger.reserved)).toEqual(grant);
  });

  it('of an odd number of billionths of a dollar comes back whole', () => {
    const ledger = ledgerOf({ ...limits, maxCostUsd: 0.000_000_003 });
    const grant = grantFrom(ledger) as Amounts;
    expect(settle(reserve(ledger, grant), grant, spent(0)).reserved).toEqual(noAmounts);
  });

  it('of one of several branches is its share, as far as it is free', () => {
    const ledger = ledgerOf(costly, { costUsd: 0.2, tokens: 100 }, { costUsd: 0.4, tokens: 200 });
    expect(grantFrom(ledger, { costUsd: 0.1, handoffs: 4, tokens: 500 })).toEqual({
      costUsd: 0.1,
      handoffs: 1,
      tokens: 500,
    });
    expect(grantFrom(ledger, { costUsd: 0.9, handoffs: 4, tokens: 900 })).toEqual({
      costUsd: 0.4,
      handoffs: 1,
      tokens: 700,
    });
    expect(grantFrom(openLedger(limits), { handoffs: 1, tokens: 300 })).toMatchObject({
      costUsd: 0,
      tokens: 300,
    });
  });

  const sample = sampled(3_000, 300);
  it(`never lets handoffs overspend together (seed ${sample.seed})`, () => {
    const step = fc.oneof(
      fc.constant({ kind: 'accept' } as const),
      fc.record({
        kind: fc.constant('end' as const),
        which: fc.nat(),
        /** Of its grant, in percent: above 100 it overshoots. */
        percent: fc.integer({ min: 0, max: 250 }),
      }),
    );
    const own = fc.record({
      maxHandoffs: fc.integer({ min: 1, max: 30 }),
      maxTokens: fc.integer({ min: 1, max: 5_000 }),
      maxCostUsd: fc.option(fc.double({ min: 1e-9, max: 50, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(own, fc.array(step, { maxLength: 60 }), (bounds, steps) => {
        const { maxCostUsd, ...counts } = bounds;
        let ledger = openLedger({
          ...defaultLimits,
          ...counts,
          ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
        });
        const running: Amounts[] = [];
        const over = { costUsd: 0, tokens: 0 };
        const end = (index: number, percent: number): void => {
          const [grant] = running.splice(index, 1) as [Amounts];
          const usage = spent(
            Math.round((grant.tokens * percent) / 100),
            maxCostUsd === undefined ? undefined : (grant.costUsd * percent) / 100,
          );
          over.tokens += Math.max(0, usage.totalTokens - grant.tokens);
          over.costUsd += Math.max(0, (usage.costUsd ?? 0) - grant.costUsd);
          ledger = settle(ledger, grant, usage);
        };
        let accepted = 0;
        for (const now of steps) {
          if (now.kind === 'accept') {
            const grant = grantFrom(ledger);
            const free = remainingOf(ledger);
            expect(grant === undefined).toBe(
              free.handoffs === 0 || free.tokens === 0 || free.costUsd === 0,
            );
            if (grant === undefined) continue;
            expect(grant.tokens).toBeGreaterThanOrEqual(1);
            ledger = reserve(ledger, grant);
            running.push(grant);
            accepted++;
          } else if (running.length > 0) {
            end(now.which % running.length, now.percent);
          }
          const { used, reserved } = ledger;
          expect(used.handoffs + reserved.handoffs).toBe(accepted);
          expect(accepted).toBeLessThanOrEqual(bounds.maxHandoffs);
          expect(used.tokens + reserved.tokens).toBeLessThanOrEqual(bounds.maxTokens + over.tokens);
          if (maxCostUsd !== undefined) {
            // Each amount is kept in billionths.
            const steps = 1e-9 * (accepted + 1);
            expect(used.costUsd + reserved.costUsd).toBeLessThanOrEqual(
              maxCostUsd + over.costUsd + steps,
            );
          }
          for (const amount of [...Object.values(used), ...Object.values(reserved)]) {
            expect(amount).toBeGreaterThanOrEqual(0);
          }
        }
        while (running.length > 0) end(0, 100);
        expect(ledger.reserved).toEqual(noAmounts);
      }),
      sample,
    );
  });
});

it('what is claimed to be used is recorded as far as it is exact', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const usage = { inputTokens: 0, outputTokens: most, totalTokens: most, costUsd: most };
  const once = settle(openLedger(limits), noAmounts, usage, most);
  const twice = settle(once, noAmounts, usage, most);
  expect(once.used).toStrictEqual({ costUsd: most, handoffs: most, tokens: most });
  expect(twice.used).toStrictEqual(once.used);
  expect(remainingOf(twice)).toStrictEqual({ handoffs: 0, tokens: 0 });
});

describe('a share', () => {
  it('is an equal part of what is free', () => {
    expect(shareOf(ledgerOf(costly, { tokens: 100 }, { costUsd: 0.5 }), 4)).toStrictEqual({
      handoffs: 2,
      tokens: 225,
      costUsd: 0.125,
    });
    expect(shareOf(ledgerOf(costly), 3)).toStrictEqual({
      handoffs: 3,
      tokens: 333,
      costUsd: 0.333_333_333,
    });
    expect(shareOf(ledgerOf(limits), 2)).toStrictEqual({ handoffs: 5, tokens: 500 });
  });

  it('is one handoff and one token at least', () => {
    const few = ledgerOf(limits, { handoffs: 8, tokens: 998 });
    expect(shareOf(few, 3)).toStrictEqual({ handoffs: 1, tokens: 1 });
    const none = ledgerOf(limits, { handoffs: 10, tokens: 1_000 });
    expect(shareOf(none, 3)).toStrictEqual({ handoffs: 1, tokens: 1 });
  });

  it('is what its branch is told that is left, as far as it is free', () => {
    const ledger = ledgerOf(costly, { handoffs: 4, tokens: 400 }, { costUsd: 0.5 });
    expect(remainingFor(ledger, undefined)).toStrictEqual(remainingOf(ledger));
    const share = { costUsd: 0.25, handoffs: 2, tokens: 100 };
    expect(remainingFor(ledger, share)).toStrictEqual(share);
    const more = { costUsd: 0.75, handoffs: 7, tokens: 700 };
    expect(remainingFor(ledger, more)).toStrictEqual({ costUsd: 0.5, handoffs: 6, tokens: 600 });
    const uncosted = { handoffs: 2, tokens: 100 };
    expect(remainingFor(ledger, uncosted)).toStrictEqual({ costUsd: 0.5, ...uncosted });
    expect(remainingFor(openLedger(limits), share)).toStrictEqual(uncosted);
    expect(Object.keys(remainingFor(ledger, share))).toEqual(['costUsd', 'handoffs', 'tokens']);
  });
});

describe('a cost', () => {
  it.each([
    [0.1 + 0.2, 0.3],
    [1.2345678914, 1.234567891],
    [1.2345678915, 1.234567892],
    [4e-10, 0],
    [-1, 0],
    [0, 0],
    [-0, 0],
  ])('of %d is counted as %d', (given, counted) => {
    expect(exactCost(given)).toBe(counted);
  });
});
