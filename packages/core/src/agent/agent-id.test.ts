import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampled } from '../../test/sampled.ts';
import { agentIdPattern } from '../context/agent-id.ts';
import { checkAgentId, type Slug, slugAgentName } from './agent-id.ts';

/** Compiles only where the compiler's slug is `slug`; the run compares the other one. */
const sameSlug = <const Name extends string>(name: Name, slug: Slug<Name>): void => {
  expect(slugAgentName(name)).toBe(slug);
};

describe('the slug of a name', () => {
  it('is the same for the compiler and at run time', () => {
    sameSlug('Billing Specialist', 'billing-specialist');
    sameSlug('Billing & Refunds', 'billing-refunds');
    sameSlug('L2', 'l2');
    sameSlug('a', 'a');
    sameSlug('snake_case Name', 'snake_case-name');
    sameSlug('a_', 'a_');
    sameSlug('  padded  ', 'padded');
    sameSlug('--dashes--', 'dashes');
    sameSlug('a - - - b', 'a-b');
    sameSlug('a-b', 'a-b');
    sameSlug('Tab\tand\nnewline', 'tab-and-newline');
    sameSlug('C++/C# (senior)', 'c-c-senior');
    sameSlug('../../etc/passwd', 'etc-passwd');
    sameSlug('$(rm -rf /)', 'rm-rf');
    sameSlug('"quoted"', 'quoted');
    sameSlug("Robert'); DROP TABLE agents;--", 'robert-drop-table-agents');
    sameSlug('nul\u0000byte', 'nul-byte');
    sameSlug('constructor', 'constructor');
    sameSlug('x __proto__', 'x-__proto__');
    sameSlug('smile 😀 please', 'smile-please');
    sameSlug('Trade™ Desk', 'trade-desk');
    sameSlug('0', '0');
    sameSlug(
      'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNO',
      'abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmno',
    );
  });

  it('is any string for the compiler where the name is not known', () => {
    const name: string = 'Billing';
    const slug: Slug<typeof name> = slugAgentName(name);
    expect(slug).toBe('billing');
  });

  it('does not compile where the two differ', () => {
    // @ts-expect-error the compiler says billing-refunds
    expect(() => sameSlug('Billing & Refunds', 'billing--refunds')).toThrow();
    // @ts-expect-error the compiler says a-b
    expect(() => sameSlug('a b ', 'a-b-')).toThrow();
  });

  it.each([
    ['Café', 'in one code point'],
    ['Cafe\u0301', 'with a combining accent'],
    ['Главный', 'Cyrillic'],
    ['аdmin', 'a Cyrillic letter that looks like an a'],
    ['\u212Aelvin', 'a Kelvin sign, whose lower case is an ASCII k'],
    ['İstanbul', 'a letter whose lower case is two'],
    ['助手', 'Chinese'],
    ['ﬁnance', 'a ligature'],
    ['ａgent', 'a full-width letter'],
    ['𝐚gent', 'a letter outside the basic plane'],
  ])('refuses %s (%s)', (name) => {
    expect(() => slugAgentName(name)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: `The agent name ${JSON.stringify(name)} has letters outside ASCII, so it can't become an id: pass an explicit id beside the name.`,
        details: { name },
      }),
    );
  });

  it.each([
    ['', ''],
    ['   ', ''],
    ['😀', ''],
    ['___', '___'],
    ['_private', '_private'],
    ['a'.repeat(52), 'a'.repeat(52)],
  ])('refuses %j, which gives no usable id', (name, slug) => {
    expect(() => slugAgentName(name)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining(`gives the id "${slug}"`),
        details: { name },
      }),
    );
  });

  const sample = sampled(20_000, 500);
  it(`is usable, in lower case and its own slug (seed ${sample.seed})`, () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('a', 'Z', '9', '_', '-', ' ', '.', '😀'), maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    );
    fc.assert(
      fc.property(names, (name) => {
        let slug: string;
        try {
          slug = slugAgentName(name);
        } catch {
          return;
        }
        expect(slug).toMatch(agentIdPattern);
        expect(slug).toMatch(/^[a-z0-9](?:[a-z0-9_]|-(?=[a-z0-9_]))*$/);
        expect(slugAgentName(slug)).toBe(slug);
        expect(slugAgentName(`  ${name.toUpperCase()}!`)).toBe(slug);
      }),
      sample,
    );
  });
});

describe('checkAgentId', () => {
  it.each(['a', 'A', '0', 'a-', 'a_', 'Billing-2', 'users', 'use', `a${'b'.repeat(50)}`])(
    'takes %s as it is',
    (id) => {
      expect(checkAgentId(id)).toBe(id);
    },
  );

  it.each([
    '',
    '-a',
    '_a',
    'a b',
    'a.b',
    'a/b',
    'ä',
    'a\n',
    '\na',
    '__proto__',
    'a😀',
    `a${'b'.repeat(51)}`,
  ])('refuses %j', (id) => {
    expect(() => checkAgentId(id)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining(JSON.stringify(id)),
        details: { agentId: id },
      }),
    );
  });

  it.each([[5], [null], [undefined], [{}], [['a']], [true], [10n], [Symbol('a')]])(
    'refuses what is no string: %o',
    (id) => {
      expect(() => checkAgentId(id as never)).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIGURATION',
          details: { agentId: String(id) },
        }),
      );
    },
  );

  it.each(['user', 'USER', 'User', 'uSeR'])('refuses %s, which is reserved', (id) => {
    expect(() => checkAgentId(id)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining('reserved'),
        details: { agentId: id },
      }),
    );
  });
});
