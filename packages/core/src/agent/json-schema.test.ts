import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { z as z41 } from 'zod-4-1';
import { toJsonSchema } from './json-schema.ts';
import type { StandardSchema } from './standard-schema.ts';

const owner = 'payloadSchema of agent "billing"';
const shape = {
  type: 'object',
  properties: { order: { type: 'number' }, note: { type: 'string' } },
  required: ['order'],
};

describe('toJsonSchema', () => {
  it.each([
    ['zod', z.object({ order: z.number(), note: z.string().optional() })],
    ['an older zod 4', z41.object({ order: z41.number(), note: z41.string().optional() })],
    ['arktype', type({ order: 'number', 'note?': 'string' })],
    [
      'valibot with its converter',
      toStandardJsonSchema(v.object({ order: v.number(), note: v.optional(v.string()) })),
    ],
  ])('converts a schema of %s', (_, schema) => {
    const converted = toJsonSchema(schema as StandardSchema, owner);
    expect(converted).toMatchObject(shape);
    expect(JSON.parse(JSON.stringify(converted))).toEqual(converted);
  });

  it('leaves the conversion of an older zod to the core: it has none of its own', () => {
    expect(z41.object({})['~standard']).not.toHaveProperty('jsonSchema');
    expect(z.object({})['~standard']).toHaveProperty('jsonSchema');
  });

  it.each([
    ['zod', z.object({ a: z.string().transform(Number), b: z.string().default('x') })],
    [
      'an older zod 4',
      z41.object({ a: z41.string().transform(Number), b: z41.string().default('x') }),
    ],
    ['arktype', type({ a: 'string.numeric.parse', b: "string = 'x'" })],
  ])('describes what goes in, not what comes out, with %s', (_, schema) => {
    const { properties, required } = toJsonSchema(schema as StandardSchema, owner);
    expect(properties).toMatchObject({ a: { type: 'string' }, b: { type: 'string' } });
    expect(required).toEqual(['a']);
  });

  it('asks for draft 2020-12', () => {
    const asked: unknown[] = [];
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'hand-made',
        validate: (value: unknown) => ({ value }),
        jsonSchema: {
          input: (options: { target: string }) => {
            asked.push(options);
            return { type: 'object' };
          },
          output: () => ({ type: 'string' }),
        },
      },
    };
    expect(toJsonSchema(schema, owner)).toEqual({ type: 'object' });
    expect(asked).toEqual([{ target: 'draft-2020-12' }]);
    const draft = { $schema: 'https://json-schema.org/draft/2020-12/schema' };
    expect(toJsonSchema(z.object({}), owner)).toMatchObject(draft);
    expect(toJsonSchema(z41.object({}), owner)).toMatchObject(draft);
  });

  it.each([
    ['a date of zod', z.object({ at: z.date() })],
    ['a date of an older zod 4', z41.object({ at: z41.date() })],
    ['a bigint', z.object({ at: z.bigint() })],
    ['a class of valibot', toStandardJsonSchema(v.object({ at: v.instance(Date) }))],
    [
      'a library that throws no error',
      {
        '~standard': {
          version: 1,
          vendor: 'odd',
          validate: () => ({ value: 1 }),
          jsonSchema: {
            input: () => {
              throw 'nothing to say';
            },
            output: () => ({}),
          },
        },
      },
    ],
  ])('refuses what JSON Schema has no words for: %s', (_, schema) => {
    expect(() => toJsonSchema(schema as never, owner)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringMatching(
          /^The payloadSchema of agent "billing" can't be written as JSON Schema: \S/,
        ),
        cause: expect.anything(),
      }),
    );
  });

  it('says nothing of what arktype has no words for', () => {
    expect(toJsonSchema(type({ at: 'Date' }), owner)).toMatchObject({
      properties: { at: {} },
      required: ['at'],
    });
  });

  it('says which version of zod it takes instead of zod 3', () => {
    expect(() => toJsonSchema(z3.object({ at: z3.string() }) as never, owner)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringMatching(/is a zod schema without .* use zod 4\.1\.13 or later/),
      }),
    );
  });

  it('says how to wrap a schema of valibot', () => {
    expect(() => toJsonSchema(v.object({}), owner)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringMatching(/valibot schema without .* toStandardJsonSchema/),
        details: { vendor: 'valibot' },
      }),
    );
  });

  it.each([
    [undefined],
    [null],
    [{}],
    ['string'],
    [{ type: 'object' }],
    [{ '~standard': { version: 2, vendor: 'later', validate: () => ({ value: 1 }) } }],
  ])('refuses %o, which is no Standard Schema of version 1', (schema) => {
    expect(() => toJsonSchema(schema as never, owner)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining(
          `The ${owner} doesn't implement Standard Schema version 1`,
        ),
      }),
    );
  });
});
