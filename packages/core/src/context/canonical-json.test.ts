import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Json } from './json.ts';
import { plainCopy } from './plain-json.ts';

const key = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.nat(120).map(String),
  fc.constantFrom(
    '',
    '01',
    '4294967294',
    '4294967295',
    '-1',
    '1.5',
    '!',
    '~',
    'toString',
    '\ufb01',
  ),
);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    1e21,
    1e-7,
    1.7976931348623157e308,
    2 ** 53 - 1,
    333333333.3333333,
  ),
);

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fc.string({ unit: 'binary' }), number, fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

describe('canonicalJson', () => {
  it('writes the example of RFC 8785 section 3.2.4', () => {
    const value = {
      // biome-ignore lint/correctness/noPrecisionLoss: as the standard writes it
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('orders keys that engines enumerate as numbers, wherever they stand', () => {
    expect(canonicalJson({ a: [{ 10: 1, 9: 2 }] })).toBe('{"a":[{"10":1,"9":2}]}');
    expect(canonicalJson({ '!': 1, 0: 2 })).toBe('{"!":1,"0":2}');
    expect(canonicalJson({ 0: 1, a: 2 })).toBe('{"0":1,"a":2}');
  });

  const sample = sampled(10_000, 1_000);
  it(`equals the library on any plain JSON, copied or not (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
        fc.pre(isCopyable(value));
        const copy = plainCopy(value);
        expect(canonicalJson(copy)).toBe(canonicalize(value));
      }),
      sample,
    );
  });

  it('is JSON.stringify for copies without numbers as keys', () => {
    const copy = plainCopy({ b: { d: 1, c: 2 }, a: ['é', 1.5] });
    expect(JSON.stringify(copy)).toBe(canonicalize(copy));
  });
});

function isCopyable(value: Json): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isCopyable);
}
