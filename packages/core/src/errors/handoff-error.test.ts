import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { type ErrorCode, errorCodes } from './error-code.ts';
import { HandoffError } from './handoff-error.ts';

describe('HandoffError', () => {
  it('carries its code, its message and its details', () => {
    const cause = new Error('why');
    const error = new HandoffError('CYCLE', 'Round and round.', { details: { visits: 3 }, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('HandoffError');
    expect(error.code).toBe('CYCLE');
    expect(error.message).toBe('Round and round.');
    expect(error.details).toEqual({ visits: 3 });
    expect(error.cause).toBe(cause);
    expect(String(error)).toBe('HandoffError: Round and round.');
    expect(error.stack).toContain('handoff-error.test.ts');
  });

  it('has no details and no cause where none are given', () => {
    const error = new HandoffError('CYCLE', 'Round.');
    expect(error.details).toEqual({});
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(Object.hasOwn(new HandoffError('CYCLE', 'Round.', { cause: null }), 'cause')).toBe(true);
  });

  it('is retryable as its code says, unless told otherwise', () => {
    for (const [code, { retryable }] of Object.entries(errorCodes)) {
      expect(new HandoffError(code as ErrorCode, '').retryable).toBe(retryable);
      expect(new HandoffError(code as ErrorCode, '', { retryable: !retryable }).retryable).toBe(
        !retryable,
      );
    }
  });

  it('is plain JSON with keys in order', () => {
    const error = new HandoffError('CYCLE', 'Round.', { details: { a: 1 }, cause: new Error('x') });
    expect(JSON.stringify(error)).toBe(
      '{"code":"CYCLE","details":{"a":1},"message":"Round.","retryable":false}',
    );
  });
});

describe('HandoffError.isInstance', () => {
  it('knows the error of another copy of the package', async () => {
    vi.resetModules();
    const copy = (await import('./handoff-error.ts')).HandoffError;
    expect(copy).not.toBe(HandoffError);
    const foreign = new copy('CYCLE', 'Round.');
    expect(foreign instanceof HandoffError).toBe(false);
    expect(HandoffError.isInstance(foreign)).toBe(true);
    expect(copy.isInstance(new HandoffError('CYCLE', 'Round.'))).toBe(true);
  });

  it.each([
    [new Error('CYCLE')],
    [Object.assign(new Error('x'), { name: 'HandoffError', code: 'CYCLE', details: {} })],
    [{ [Symbol.for('agent-handoff.HandoffError')]: true }],
    [Object.assign(new Error('x'), { [Symbol.for('agent-handoff.HandoffError')]: 'yes' })],
    [new HandoffError('CYCLE', 'Round.').toJSON()],
    [undefined],
    [null],
    ['CYCLE'],
    [runInNewContext('new Error("x")')],
  ])('does not take %o for one', (value) => {
    expect(HandoffError.isInstance(value)).toBe(false);
  });

  it('shows nothing of how it knows', () => {
    const error = new HandoffError('CYCLE', 'Round.');
    const brand = Object.getOwnPropertySymbols(error)[0] as symbol;
    expect(Object.getOwnPropertyDescriptor(error, brand)).toEqual({
      value: true,
      writable: false,
      enumerable: false,
      configurable: false,
    });
  });
});

describe('HandoffError.from', () => {
  it('leaves a HandoffError as it is', () => {
    const error = new HandoffError('CYCLE', 'Round.');
    expect(HandoffError.from(error, 'STORE_FAILED', 'Append')).toBe(error);
  });

  const hostile = {
    toString: () => {
      throw new Error('no');
    },
  };
  it.each([
    [new Error('offline'), 'offline'],
    [new Error(''), 'Error'],
    [new RangeError(''), 'RangeError'],
    ['offline', 'offline'],
    ['', ''],
    [undefined, 'threw undefined'],
    [null, 'threw null'],
    [42, 'threw 42'],
    [10n, 'threw 10'],
    [Symbol('s'), 'threw Symbol(s)'],
    [{}, 'threw [object Object]'],
    [Object.create(null), 'threw a value that cannot be converted to a string'],
    [hostile, 'threw a value that cannot be converted to a string'],
  ])('wraps %o', (thrown, text) => {
    const plain = HandoffError.from(thrown);
    expect(plain).toMatchObject({ code: 'AGENT_FAILED', message: text });
    expect(plain.cause).toBe(thrown);
    expect(HandoffError.from(thrown, 'STORE_FAILED', 'Append')).toMatchObject({
      code: 'STORE_FAILED',
      message: `Append: ${text}`,
    });
  });

  it('survives an error whose message throws', () => {
    const odd = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(HandoffError.from(odd).message).toBe(
      'threw a value that cannot be converted to a string',
    );
  });
});
