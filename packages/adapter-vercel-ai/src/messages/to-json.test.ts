import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toJson } from './to-json.ts';

test('plain JSON comes back equal, and anything else as JSON writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const isSafe = !/\d{16}|e\+|__proto__/.test(JSON.stringify(value));
      if (isSafe) expect(toJson(value)).toEqual(value);
    }),
    { numRuns: process.env.FULL ? 10_000 : 200 },
  );
  class Order {
    readonly id = 7;
    readonly at = new Date(0);
    get link(): URL {
      return new URL('https://a.example');
    }
  }
  const given = {
    order: new Order(),
    link: new URL('https://a.example'),
    none: undefined,
    some: [undefined, () => 1, Number.NaN],
    map: new Map([[1, 2]]),
    bytes: new Uint8Array([1, 2]),
  };
  expect(toJson(given)).toEqual(JSON.parse(JSON.stringify(given)));
  expect(toJson(undefined)).toBeNull();
});

test('what JSON or a record has no form for is text, or left out', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(JSON.stringify(toJson(cycle)).length).toBeLessThan(1000);
  expect(toJson([10n, 2 ** 60, '\ud83d'])).toEqual(['10', '1152921504606847000', '\ufffd']);
  expect(toJson(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toEqual({ b: 2 });
});
