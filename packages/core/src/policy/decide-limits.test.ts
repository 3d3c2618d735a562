import { describe, expect, it } from 'vitest';
import { handoffReasons } from '../context/handoff-reason.ts';
import { decideBudget, decideChain, type LimitRequest } from './decide-limits.ts';
import { permit } from './decision.ts';
import { noAmounts, openLedger } from './ledger.ts';
import { defaultLimits } from './limits.ts';

const limits = { ...defaultLimits, maxHandoffs: 10, maxTokens: 1_000, maxVisitsPerAgent: 2 };
const request = (fields: Partial<LimitRequest> = {}): LimitRequest => ({
  source: 'triage',
  target: 'billing',
  reason: 'specialization',
  handoffChain: ['triage'],
  maxChain: 2,
  ledger: openLedger(limits),
  visits: 0,
  ...fields,
});

describe('decideChain', () => {
  it('permits a path within its bounds', () => {
    expect(decideChain(request())).toEqual(permit);
    expect(decideChain(request({ handoffChain: ['a', 'b'], visits: 1 }))).toEqual(permit);
    expect(decideChain(request({ handoffChain: [], maxChain: 0 }))).toEqual(permit);
  });

  it('refuses an agent that hands to itself, for any reason', () => {
    for (const reason of handoffReasons) {
      expect(decideChain(request({ source: 'billing', reason }))).toMatchObject({
        kind: 'deny',
        code: 'CYCLE',
        message: 'Agent "billing" can\'t hand to itself: let it go on with its own work.',
        details: { target: 'billing' },
      });
    }
  });

  it('refuses a visit too many, for any reason', () => {
    for (const reason of handoffReasons) {
      for (const visits of [2, 3]) {
        expect(decideChain(request({ visits, reason }))).toMatchObject({
          kind: 'deny',
          code: 'CYCLE',
          message: `Agent "billing" has held this task ${visits} times, and maxVisitsPerAgent is 2: hand to another agent, or raise the limit.`,
          details: { target: 'billing', visits, maxVisitsPerAgent: 2 },
        });
      }
    }
  });

  it.each(handoffReasons)('bounds the chain for %s, but for the way back', (reason) => {
    const decision = decideChain(request({ handoffChain: ['a', 'b', 'triage'], reason }));
    if (reason === 'completion') expect(decision).toEqual(permit);
    else {
      expect(decision).toEqual({
        kind: 'deny',
        code: 'CHAIN_LIMIT',
        message:
          'The handoff to "billing" would make a chain of 3 agents (a -> b -> triage), and maxChain is 2: answer instead, or raise maxChain.',
        details: { target: 'billing', handoffChain: ['a', 'b', 'triage'], maxChain: 2 },
      });
    }
  });
});

describe('decideBudget', () => {
  const costly = { ...limits, maxCostUsd: 4 };
  const used = { costUsd: 1, handoffs: 4, tokens: 300 };
  const reserved = { costUsd: 2, handoffs: 5, tokens: 600 };

  it('permits while there is a grant', () => {
    expect(decideBudget(request({ ledger: { limits: costly, used, reserved } }))).toEqual(permit);
    expect(decideBudget(request())).toEqual(permit);
  });

  it.each([
    ['maxHandoffs', { ...reserved, handoffs: 6 }, 10, 4, 6],
    ['maxTokens', { ...reserved, tokens: 700 }, 1_000, 300, 700],
    ['maxCostUsd', { ...reserved, costUsd: 3 }, 4, 1, 3],
  ])('refuses where %s is used up, with the numbers', (limit, held, bound, spent, kept) => {
    expect(decideBudget(request({ ledger: { limits: costly, used, reserved: held } }))).toEqual({
      kind: 'deny',
      code: 'LIMIT_EXCEEDED',
      message: `The handoff to "billing" is refused, because ${limit} is ${bound}, ${spent} are used and ${kept} are reserved by handoffs that still run: raise the limit, or begin a new task.`,
      details: { target: 'billing', limit, bound, used: spent, reserved: kept, by: {} },
    });
  });

  it('says who took what is used up, where that is known', () => {
    const asked: string[] = [];
    const takenBy = (amount: string) => {
      asked.push(amount);
      return { triage: 300, books: 700 };
    };
    const ledger = { limits, used, reserved: { ...reserved, tokens: 700 } };
    expect(decideBudget(request({ ledger, takenBy }))).toMatchObject({
      message: expect.stringContaining('that still run (triage 300, books 700): raise the limit'),
      details: { by: { triage: 300, books: 700 } },
    });
    expect(asked).toEqual(['tokens']);
    expect(decideBudget(request({ takenBy }))).toEqual(permit);
    expect(asked).toHaveLength(1);
  });

  it('names the handoffs first, then the tokens', () => {
    const all = { costUsd: 4, handoffs: 10, tokens: 1_000 };
    const named = (spent: typeof all): unknown => {
      const decision = decideBudget(
        request({ ledger: { limits: costly, used: spent, reserved: noAmounts } }),
      );
      return decision.kind === 'deny' ? decision.details['limit'] : undefined;
    };
    expect(named(all)).toBe('maxHandoffs');
    expect(named({ ...all, handoffs: 0 })).toBe('maxTokens');
    expect(named({ ...all, handoffs: 0, tokens: 0 })).toBe('maxCostUsd');
    // One is left of each of the others.
    expect(named({ ...all, handoffs: 9, tokens: 999 })).toBe('maxCostUsd');
  });
});
