import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandardSchema } from './standard-schema.ts';
import { validateWith } from './validate-with.ts';

const standard = (validate: (value: unknown) => unknown): StandardSchema => ({
  '~standard': { version: 1, vendor: 'hand-made', validate: validate as never },
});

describe('validateWith', () => {
  it.each([
    ['zod', z.object({ order: z.number(), note: z.string().default('none') })],
    ['valibot', v.object({ order: v.number(), note: v.optional(v.string(), 'none') })],
    ['arktype', type({ order: 'number', note: "string = 'none'" })],
  ])('answers the parsed value of %s', async (_, schema) => {
    expect(await validateWith(schema, { order: 1182 })).toEqual({
      value: { order: 1182, note: 'none' },
    });
  });

  it.each([
    ['zod', z.object({ lines: z.array(z.object({ sku: z.string() })) })],
    ['valibot', v.object({ lines: v.array(v.object({ sku: v.string() })) })],
    ['arktype', type({ lines: [{ sku: 'string' }, '[]'] })],
  ])('says where a value does not satisfy %s', async (_, schema) => {
    const validated = await validateWith(schema, { lines: [{ sku: 'a' }, { sku: 2 }] });
    expect(validated).toEqual({ problems: [expect.stringMatching(/^lines\.1\.sku: \S/)] });
  });

  it('names every problem, and those of the whole value without a path', async () => {
    const schema = standard(() => ({
      issues: [
        { message: 'first' },
        { message: 'second', path: [] },
        { message: 'third', path: [{ key: 'a' }, 0, { key: Symbol('s') }] },
      ],
    }));
    expect(await validateWith(schema, {})).toEqual({
      problems: ['first', 'second', 'a.0.Symbol(s): third'],
    });
  });

  it('waits for schemas that take time', async () => {
    const slow = z.string().refine(async (value) => value === 'yes', 'not yes');
    expect(await validateWith(slow, 'yes')).toEqual({ value: 'yes' });
    expect(await validateWith(slow, 'no')).toEqual({ problems: ['not yes'] });
  });

  it('waits for a promise of another realm', async () => {
    // biome-ignore lint/suspicious/noThenProperty: such a promise is only known by it.
    const schema = standard(() => ({ then: (next: (r: unknown) => void) => next({ value: 7 }) }));
    expect(await validateWith(schema, 7)).toEqual({ value: 7 });
  });

  it('answers undefined as a value', async () => {
    expect(await validateWith(z.undefined(), undefined)).toEqual({ value: undefined });
  });

  it('takes a schema that throws or rejects for one that is not satisfied', async () => {
    const throws = standard(() => {
      throw new Error('no such table');
    });
    const rejects = standard(() => Promise.reject(new Error('offline')));
    const odd = standard(() => {
      throw undefined;
    });
    expect(await validateWith(throws, 1)).toEqual({ problems: ['no such table'] });
    expect(await validateWith(rejects, 1)).toEqual({ problems: ['offline'] });
    expect(await validateWith(odd, 1)).toEqual({ problems: ['the schema threw'] });
  });
});
