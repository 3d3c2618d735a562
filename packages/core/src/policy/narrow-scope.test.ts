import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { everything, narrowScope } from './narrow-scope.ts';

const name = fc.constantFrom('read', 'write', 'pay', '*', 'Read', 'rea', '');
const scope = fc.array(name, { maxLength: 5 });
const allows = (names: readonly string[], tool: string): boolean =>
  names.includes('*') || names.includes(tool);

describe('narrowScope', () => {
  const sample = sampled(5_000, 500);
  it(`allows exactly what both allow (seed ${sample.seed})`, () => {
    fc.assert(
      fc.property(scope, scope, (wide, narrow) => {
        const both = narrowScope(wide, narrow);
        for (const tool of ['read', 'write', 'pay', 'Read', 'other']) {
          expect(allows(both, tool)).toBe(allows(wide, tool) && allows(narrow, tool));
        }
        expect(both.includes('*')).toBe(wide.includes('*') && narrow.includes('*'));
      }),
      sample,
    );
  });

  it('leaves a scope as it is where nothing narrows it', () => {
    expect(narrowScope(['read'], undefined)).toEqual(['read']);
    expect(narrowScope(['read', 'write'], ['*'])).toEqual(['read', 'write']);
    expect(narrowScope(everything, undefined)).toEqual(['*']);
    expect(narrowScope(everything, ['write', 'read'])).toEqual(['write', 'read']);
    expect(narrowScope(everything, [])).toEqual([]);
    expect(narrowScope([], everything)).toEqual([]);
  });

  it('keeps the order of the wider one', () => {
    expect(narrowScope(['b', 'a', 'c'], ['c', 'b'])).toEqual(['b', 'c']);
  });
});
