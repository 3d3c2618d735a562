import { describe, expect, it } from 'vitest';
import { checkField, checkList, checkRemaining } from './check-field.ts';
import { startPlainWalk } from './plain-walk.ts';

const isString = (value: unknown): value is string => typeof value === 'string';
const never = (_: unknown): _ is never => false;

describe('checkField', () => {
  it('gives what passes the test', () => {
    expect(checkField('a', isString, 'name', 'text')).toBe('a');
  });

  it.each<[unknown, string]>([
    ['short', '"short"'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['"\n', '"\\"\\n"'],
    [7, '7'],
    [Number.NaN, 'NaN'],
    [null, 'null'],
    [true, 'true'],
    [[1], 'a list'],
    [{ toString: never }, 'of type object'],
    [undefined, 'of type undefined'],
    [1n, 'of type bigint'],
  ])('says what stands there instead: %#', (value, shown) => {
    expect(() => checkField(value, never, 'fields.name', 'a name')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTEXT',
        message: `fields.name is ${shown}. Pass a name.`,
        details: { path: 'fields.name', problem: `is ${shown}` },
      }),
    );
  });
});

describe('checkList', () => {
  const check = (value: unknown) => checkList(startPlainWalk(), value, 'names', isString, 'text');

  it('gives a copy, and an empty list for none', () => {
    const names = ['a', 'b'];
    expect(check(names)).toEqual(names);
    expect(check(names)).not.toBe(names);
    expect(check(undefined)).toEqual([]);
  });

  it('says which element is wrong', () => {
    expect(() => check({})).toThrow('names is not a list. Pass a list, each text.');
    expect(() => check(['a', 7])).toThrow('names[1] is 7. Pass text.');
  });
});

describe('checkRemaining', () => {
  it('gives a copy of the known fields in which nothing is -0', () => {
    const given = { tokens: -0, handoffs: -0, costUsd: -0, more: 1 };
    expect(checkRemaining(given)).toStrictEqual({ costUsd: 0, handoffs: 0, tokens: 0 });
    expect(checkRemaining({ handoffs: 1, tokens: 2 })).toStrictEqual({ handoffs: 1, tokens: 2 });
  });

  it.each<[unknown, string]>([
    [null, 'remaining is not an object. Pass { handoffs, tokens }.'],
    [7, 'remaining is not an object. Pass { handoffs, tokens }.'],
    [{ handoffs: 1.5, tokens: 1 }, 'remaining.handoffs is 1.5. Pass a whole number from 0.'],
    [{ handoffs: 1, tokens: -1 }, 'remaining.tokens is -1. Pass a whole number from 0.'],
    [{ handoffs: 1, tokens: 1, costUsd: -0.1 }, 'remaining.costUsd is -0.1. Pass a number from 0.'],
    [{ handoffs: 1, tokens: 1, costUsd: '1' }, 'remaining.costUsd is "1". Pass a number from 0.'],
    [
      { handoffs: 1, tokens: 1, costUsd: Number.POSITIVE_INFINITY },
      'remaining.costUsd is Infinity. Pass a number from 0.',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => checkRemaining(value as never)).toThrow(expect.objectContaining({ message }));
  });

  it('says so where it throws when it is read', () => {
    const cause = new Error('boom');
    const hostile = {
      get tokens() {
        throw cause;
      },
    };
    expect(() => checkRemaining(hostile as never)).toThrow(
      expect.objectContaining({
        message: 'remaining throws when it is read. Pass a plain object.',
        cause,
      }),
    );
  });
});
