import { describe, expect, it } from 'vitest';
import { jsonObjectSchema, jsonSchema } from './json-schema.ts';

const issuesOf = (schema: typeof jsonSchema, value: unknown) =>
  schema.safeParse(value).error?.issues;
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('jsonSchema', () => {
  it('takes plain JSON of any kind', () => {
    for (const value of [null, 0, 'a', true, [], {}, [{ a: [null] }], nested(32)]) {
      expect(jsonSchema.parse(value)).toEqual(value);
    }
  });

  it('says what is no plain JSON', () => {
    expect(issuesOf(jsonSchema, { a: [1n] })).toEqual([
      { code: 'custom', message: 'value.a[0] is a bigint. Pass plain JSON.', path: [] },
    ]);
    expect(issuesOf(jsonSchema, nested(33))).toHaveLength(1);
    expect(issuesOf(jsonSchema, undefined)).toHaveLength(1);
  });
});

describe('jsonObjectSchema', () => {
  it('takes plain objects', () => {
    for (const value of [{}, { a: [1] }]) expect(jsonObjectSchema.parse(value)).toEqual(value);
  });

  it('says what is none', () => {
    for (const value of [null, [], 'a', 7, undefined]) {
      expect(issuesOf(jsonObjectSchema, value)).toEqual([
        { code: 'custom', message: 'must be an object', path: [] },
      ]);
    }
    expect(issuesOf(jsonObjectSchema, { a: 1n })).toEqual([
      { code: 'custom', message: 'value.a is a bigint. Pass plain JSON.', path: [] },
    ]);
  });
});
