import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { plainCopy, plainObjectIn, plainTextIn } from './plain-json.ts';
import { type PlainWalkOptions, plainJsonLimits, startPlainWalk } from './plain-walk.ts';
import { createRedactor } from './redact.ts';

const refusal = (run: () => unknown): HandoffError => {
  try {
    run();
  } catch (thrown) {
    if (HandoffError.isInstance(thrown) && thrown.code === 'INVALID_CONTEXT') return thrown;
    throw thrown;
  }
  throw new Error('was accepted');
};

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
};

describe('plainCopy', () => {
  it('copies plain JSON deeply and leaves the original alone', () => {
    const original = { b: [1, { c: 'x' }], a: null };
    const frozen = Object.freeze(original);
    const copy = plainCopy(frozen) as typeof original;
    expect(copy).toEqual(original);
    expect(copy.b).not.toBe(original.b);
    expect(copy.b[1]).not.toBe(original.b[1]);
    expect(Object.keys(original)).toEqual(['b', 'a']);
  });

  it('puts keys in the order of their UTF-16 code units at every level', () => {
    const copy = plainCopy({ z: 1, '\u{1f680}': 2, '\ufb01': 3, é: 4, Z: { b: 1, a: 2 }, '': 5 });
    expect(JSON.stringify(copy)).toBe(
      '{"":5,"Z":{"a":2,"b":1},"z":1,"é":4,"\u{1f680}":2,"\ufb01":3}',
    );
  });

  it('keeps every key of large objects and of objects with numbers as keys', () => {
    const large = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${499 - i}`, i]));
    expect(plainCopy(large)).toEqual(large);
    expect(plainCopy({ 10: 'a', 9: 'b', x: 'c' })).toEqual({ 10: 'a', 9: 'b', x: 'c' });
  });

  it('leaves out what JSON leaves out of objects', () => {
    const copy = plainCopy({ b: undefined, a: 1, [Symbol('s')]: 2 });
    expect(Reflect.ownKeys(copy as object)).toEqual(['a']);
  });

  it('turns -0 into 0', () => {
    expect(plainCopy({ a: -0, b: [-0] })).toStrictEqual({ a: 0, b: [0] });
  });

  it('takes objects without a prototype and of another realm, and keys like constructor', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(plainCopy(bare)).toEqual({ a: 1 });
    expect(plainCopy(runInNewContext('({ a: [1, { b: 2 }] })'))).toEqual({ a: [1, { b: 2 }] });
    expect(plainCopy({ constructor: 'x', hasOwnProperty: 1, toJSON: 'no' })).toEqual({
      constructor: 'x',
      hasOwnProperty: 1,
      toJSON: 'no',
    });
  });

  it.each<[string, unknown, string]>([
    ['a function', { a: () => 1 }, 'findings.a'],
    ['a method', { toJSON: () => 1 }, 'findings.toJSON'],
    ['a symbol', { a: [Symbol('x')] }, 'findings.a[0]'],
    ['a bigint', { a: { b: 1n } }, 'findings.a.b'],
    ['undefined in an array', [1, undefined], 'findings[1]'],
    // biome-ignore lint/suspicious/noSparseArray: that is the point
    ['a hole', [1, , 2], 'findings[1]'],
    ['undefined', undefined, 'findings'],
    ['NaN', { a: Number.NaN }, 'findings.a'],
    ['infinity', [Number.NEGATIVE_INFINITY], 'findings[0]'],
    ['an unsafe integer', { a: 2 ** 53 }, 'findings.a'],
    ['a huge number', { a: 1e300 }, 'findings.a'],
    ['a half pair', { a: 'x\ud83d' }, 'findings.a'],
    ['a half pair in a key', { 'x\udc00': 1 }, 'findings["x\\udc00"]'],
    ['a date', { 'a b': new Date(0) }, 'findings["a b"]'],
    ['a map', [new Map()], 'findings[0]'],
    ['an instance', new (class Order {})(), 'findings'],
    ['an error', { a: new Error('x') }, 'findings.a'],
    ['a boxed string', { a: new String('x') }, 'findings.a'],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"x":1}}}'), 'findings.a.__proto__'],
    ['a buffer', { a: new Uint8Array(2) }, 'findings.a'],
    ['what stands behind other objects', { a: { b: [1] }, c: [{}, 1n] }, 'findings.c[1]'],
  ])('refuses %s and says where', (_, value, path) => {
    const error = refusal(() => plainCopy(value, { path: 'findings' }));
    expect(error.details['path']).toBe(path);
    expect(error.message).toContain(path);
  });

  const locked = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('locked');
    },
  });
  it.each<[string, unknown, PlainWalkOptions?]>([
    ['value throws when it is read. Pass plain data.', locked],
    [
      'value.b makes it too large. Hand over less, or a reference to it.',
      { a: 1, b: 2 },
      { maxNodes: 2 },
    ],
    ['value is NaN. Pass a finite number or leave it out.', Number.NaN],
    ['value.a is -Infinity. Pass a finite number or leave it out.', { a: -Infinity }],
    ['value is an integer beyond 2^53 - 1. Pass it as a string.', 2 ** 53],
    [
      'value[0] is nested deeper than 1 levels, or contains itself. Flatten it.',
      [[0]],
      { maxDepth: 1 },
    ],
    ['value[0] is undefined. Use null, or leave it out.', [undefined]],
    ['value is undefined. Use null, or leave it out.', undefined],
    ['value.a is a bigint. Pass plain JSON.', { a: 1n }],
    ['value is a symbol. Pass plain JSON.', Symbol.iterator],
    [
      'value makes it too large. Hand over less text, or a reference to it.',
      'abc',
      { maxCharacters: 2 },
    ],
    ['value contains half a surrogate pair. Call toWellFormed() on it.', '\ud800'],
    ['value.a has 9 elements. Hand over fewer.', { a: new Array(9) }, { maxNodes: 8 }],
    ['value.a is an instance of a class. Pass a plain object or a string.', { a: new Map() }],
    [
      'value.__proto__ is a key that can change prototypes. Rename it.',
      JSON.parse('{"__proto__":1}'),
    ],
  ])('says: %s', (says, value, options) => {
    expect(refusal(() => plainCopy(value, options)).message).toBe(says);
  });

  it('says what is wrong with a value that is no object, or no text', () => {
    const walk = startPlainWalk();
    for (const value of [null, [], 'x', 1]) {
      const { message } = refusal(() => plainObjectIn(walk, value, 'findings'));
      expect(message).toBe('findings is not an object. Pass an object of keys and values.');
    }
    const { message } = refusal(() => plainTextIn(walk, {}, 'instructions'));
    expect(message).toBe('instructions is not a string. Pass text.');
  });

  it('keeps the order of keys, and keeps them apart, where secrets in them are replaced', () => {
    const redact = createRedactor();
    const [a, b, c] = ['a', 'b', 'c'].map((end) => `sk-abcdefghijklmnopqrstuv${end}`);
    expect(plainCopy({ [`${a}`]: 1 }, { redact })).toEqual({ '[redacted]': 1 });
    const copy = plainCopy({ plain: 0, [`${a}`]: 1, [`${b}`]: 2, [`${c}`]: 3 }, { redact });
    expect(JSON.stringify(copy)).toBe(
      '{"[redacted]":1,"[redacted]#2":2,"[redacted]#3":3,"plain":0}',
    );
  });

  it.each([
    ['a', '.a'],
    ['$_9', '.$_9'],
    ['odd key', '["odd key"]'],
    ['9a', '["9a"]'],
    ['', '[""]'],
    ['-'.repeat(60), `["${'-'.repeat(60)}"]`],
    ['-'.repeat(61), `["${'-'.repeat(60)}…"]`],
    ['a'.repeat(61), `.${'a'.repeat(61)}`],
    ['a'.repeat(62), `["${'a'.repeat(60)}…"]`],
  ])('says where it is: %j', (key, shown) => {
    const { details } = refusal(() => plainCopy({ list: [0, { [key]: Number.NaN }] }));
    expect(details['path']).toBe(`value.list[1]${shown}`);
  });

  it('refuses cycles and what is too deep, at the limit exactly', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = { cyclic };
    expect(refusal(() => plainCopy(cyclic)).message).toMatch(/deeper than 32|contains itself/);
    expect(plainCopy(nested(plainJsonLimits.maxDepth))).toEqual(nested(plainJsonLimits.maxDepth));
    refusal(() => plainCopy(nested(plainJsonLimits.maxDepth + 1)));
    refusal(() => plainCopy(nested(100_000)));
    refusal(() => plainCopy(nested(3), { maxDepth: 2 }));
  });

  it('refuses what is too large, counting keys and strings and values', () => {
    expect(plainCopy({ ab: 'cdef' }, { maxCharacters: 6 })).toEqual({ ab: 'cdef' });
    refusal(() => plainCopy({ ab: 'cdef' }, { maxCharacters: 5 }));
    expect(plainCopy([1, [2]], { maxNodes: 4 })).toEqual([1, [2]]);
    refusal(() => plainCopy([1, [2]], { maxNodes: 3 }));
    expect(plainCopy({ a: 1, b: { c: 2 } }, { maxNodes: 4 })).toEqual({ a: 1, b: { c: 2 } });
    refusal(() => plainCopy({ a: 1, b: { c: 2 } }, { maxNodes: 3 }));
    refusal(() => plainCopy('x'.repeat(plainJsonLimits.maxCharacters + 1)));
    refusal(() => plainCopy(new Array(4_000_000_000)));
    const shared = Array.from({ length: 400 }, () => 1);
    refusal(() => plainCopy(Array.from({ length: 400 }, () => shared)));
  });

  it('refuses what throws when it is read, with the cause', () => {
    const cause = new Error('locked');
    const getter = {
      a: {
        get b(): never {
          throw cause;
        },
      },
    };
    const error = refusal(() => plainCopy(getter));
    expect(error.cause).toBe(cause);
    expect(error.details['path']).toBe('value.a');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    refusal(() => plainCopy(proxy));
    refusal(() => plainCopy([new Proxy({}, { ownKeys: () => ['a', 'a'] })]));
  });

  it('reads every property once', () => {
    let reads = 0;
    const sly = {
      get a(): unknown {
        return ++reads === 1 ? 'plain' : () => 'code';
      },
    };
    expect(plainCopy(sly)).toEqual({ a: 'plain' });
    expect(reads).toBe(1);
    const shifting = new Proxy(
      {},
      { ownKeys: () => ['a'], getOwnPropertyDescriptor, get: () => ++reads },
    );
    expect(plainCopy(shifting)).toEqual({ a: 2 });
  });

  it('redacts in the same walk: values by key, text by shape, keys by shape', () => {
    const redact = {
      isSecretKey: (key: string) => key === 'pin',
      text: (text: string) => text.replace(/s3cret\d/g, '[redacted]'),
    };
    const copy = plainCopy(
      { pin: { digits: 1 }, a: ['is s3cret1', null], s3cret1: 1, s3cret2: 2 },
      { redact },
    );
    expect(copy).toEqual({
      '[redacted]': 1,
      '[redacted]#2': 2,
      a: ['is [redacted]', null],
      pin: '[redacted]',
    });
    expect(plainCopy({ pin: null, a: { pin: false } }, { redact })).toEqual({
      a: { pin: false },
      pin: null,
    });
  });

  const sample = sampled(10_000, 200);
  it(`throws nothing but INVALID_CONTEXT on anything (seed ${sample.seed})`, () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        let copy: unknown;
        try {
          copy = plainCopy(value);
        } catch (thrown) {
          expect(HandoffError.isInstance(thrown) && thrown.code).toBe('INVALID_CONTEXT');
          return;
        }
        expect(JSON.parse(JSON.stringify(copy))).toStrictEqual(copy);
        expect(plainCopy(copy)).toStrictEqual(copy);
      }),
      sample,
    );
  });

  it(`changes nothing of plain JSON (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), (value) => {
        fc.pre(isSafe(value));
        expect(plainCopy(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      sample,
    );
  });
});

function getOwnPropertyDescriptor(): PropertyDescriptor {
  return { configurable: true, enumerable: true, value: 'not asked' };
}

/** Leaves out what JSON can write and other languages can't read back. */
function isSafe(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return !Object.hasOwn(value, '__proto__') && Object.values(value).every(isSafe);
}
