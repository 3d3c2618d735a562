import { describe, expect, it } from 'vitest';
import { type HandoffReason, handoffReasons } from '../context/handoff-reason.ts';
import { chainAfter, chainReason, decidePath } from './decide-path.ts';
import { permit } from './decision.ts';

const lists = ['canTransferTo', 'canDelegateTo', 'canEscalateTo'] as const;

/** Which list opens a path, by reason; completion has none. */
const opens: Record<HandoffReason, readonly (typeof lists)[number][]> = {
  specialization: ['canTransferTo', 'canDelegateTo'],
  delegation: ['canDelegateTo'],
  escalation: ['canEscalateTo'],
  failure: ['canTransferTo', 'canDelegateTo', 'canEscalateTo'],
  completion: [],
};
const byLists = handoffReasons.filter((reason) => reason !== 'completion');
const path = (source: object | undefined, reason: HandoffReason, previousHolder?: string) =>
  decidePath({
    source: source && { id: 'triage', ...source },
    target: 'billing',
    reason,
    previousHolder,
  });

describe('decidePath', () => {
  it.each(byLists.flatMap((reason) => lists.map((list) => [reason, list] as const)))(
    '%s by %s',
    (reason, list) => {
      const decision = path({ [list]: ['legal', 'billing'] }, reason);
      if (opens[reason].includes(list)) expect(decision).toEqual(permit);
      else expect(decision).toMatchObject({ kind: 'deny', code: 'PATH_DENIED' });
    },
  );

  it.each(byLists)(
    '%s is open to code where the source declares nothing, and to user',
    (reason) => {
      expect(path({}, reason)).toEqual(permit);
      expect(path(undefined, reason)).toEqual(permit);
    },
  );

  it.each(byLists.flatMap((reason) => lists.map((list) => [reason, list] as const)))(
    '%s is closed by %s alone, even an empty one, and says what to list',
    (reason, list) => {
      expect(path({ [list]: [] }, reason)).toEqual({
        kind: 'deny',
        code: 'PATH_DENIED',
        message: `Agent "triage" may not hand to "billing" for ${reason}: list the target in its ${opens[reason].join(' or ')}.`,
        details: { source: 'triage', target: 'billing', reason, lists: opens[reason] },
      });
    },
  );

  it('knows a target by its whole id only', () => {
    for (const listed of ['Billing', 'bill', 'billing-2', '*', '']) {
      expect(path({ canTransferTo: [listed] }, 'specialization').kind).toBe('deny');
    }
  });

  it('completion goes back to the previous holder, whatever is declared', () => {
    for (const source of [undefined, {}, { canTransferTo: [] }]) {
      expect(path(source, 'completion', 'billing')).toEqual(permit);
    }
  });

  it('completion goes nowhere else, whatever is declared', () => {
    for (const source of [undefined, {}, { canTransferTo: ['billing'] }]) {
      expect(path(source, 'completion', 'sales')).toEqual({
        kind: 'deny',
        code: 'PATH_DENIED',
        message: 'A handoff with the reason completion goes back to "sales", not to "billing".',
        details: { target: 'billing', reason: 'completion', previousHolder: 'sales' },
      });
      // Strictly: details are JSON.
      expect(path(source, 'completion')).toStrictEqual({
        kind: 'deny',
        code: 'PATH_DENIED',
        message:
          'A handoff to "billing" with the reason completion has nobody to go back to: completion returns work to the agent that handed it on.',
        details: { target: 'billing', reason: 'completion' },
      });
    }
  });
});

describe('chainReason', () => {
  it.each([
    ['user', undefined, 'specialization'],
    ['an agent without lists', {}, 'specialization'],
    ['a transfer', { canTransferTo: ['billing'] }, 'specialization'],
    ['a delegation', { canDelegateTo: ['billing'] }, 'specialization'],
    ['an escalation', { canEscalateTo: ['billing'] }, 'escalation'],
    ['both', { canTransferTo: ['billing'], canEscalateTo: ['billing'] }, 'specialization'],
    ['both too', { canDelegateTo: ['billing'], canEscalateTo: ['billing'] }, 'specialization'],
    [
      'an escalation beside others',
      { canTransferTo: ['a'], canEscalateTo: ['billing'] },
      'escalation',
    ],
    ['no path, and no escalation anywhere', { canTransferTo: ['a'] }, 'specialization'],
    ['no path at all', { canTransferTo: ['a'], canEscalateTo: ['b'] }, 'specialization'],
  ])('of %s', (_, source, reason) => {
    expect(chainReason(source, 'billing')).toBe(reason);
  });
});

describe('chainAfter', () => {
  it('adds the source, and user never', () => {
    expect(chainAfter([], 'user')).toEqual([]);
    expect(chainAfter(['a'], 'user')).toEqual(['a']);
    expect(chainAfter([], 'triage')).toEqual(['triage']);
    const parent = ['a', 'b'];
    expect(chainAfter(parent, 'a')).toEqual(['a', 'b', 'a']);
    expect(parent).toEqual(['a', 'b']);
  });
});
