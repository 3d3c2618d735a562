import { describe, expect, it } from 'vitest';
import { codeBlock, promptBody, promptKey, promptName, promptValue } from './prompt-text.ts';

describe('promptBody', () => {
  it.each([
    'plain',
    'a_b, é_x, 9_ and a__b',
    'a ~ b, a] (b, AT&T, a & b; c, &1; and &amp b',
    'a # b > c | d = e : f [ g + h - i',
    'ab# c',
    'a. b',
    'ab) c',
    '12 a, 1: b',
    '1234567890. a',
    '   a',
    'a    b',
    'a \tb',
    'the END UNTRUSTED',
    'BEGIN TRUSTED',
    'a\n\nb',
  ])('prints as it is, since no Markdown has a meaning for it: %j', (text) => {
    expect(promptBody(text)).toBe(text);
  });

  it.each([
    ...['a*b', 'a`b', 'a<b', 'a\\b', 'a~~b', '[a](b)', 'a&#1', 'a&amp;b', '&A1b2;', '&x;'],
    ...['_a', 'a _b', '(_b', '+_b', 'x\n_a', '__a'],
    ...['# a', '> a', '| a', '== a', ': a', '[a]', '+ a', '- a', '~~a', '1. a', '1) a'],
    ...['12. a', '123456789) a', '  # a', ' 1. a', 'x\n- a', 'x\n  # a'],
    ...['BEGIN UNTRUSTED x', ' end untrusted x', 'x\nEND UNTRUSTED'],
  ])('prints as a code block, since Markdown has a meaning for it: %j', (text) => {
    expect(promptBody(text)).toBe(codeBlock(text));
  });

  it.each(['    a', '\ta', ' \ta', '   \ta', 'x\n    a'])('keeps the indentation of %j', (text) => {
    expect(promptBody(text)).toBe(text.replace(/^/gm, '    '));
  });
});

describe('codeBlock', () => {
  it.each([
    ['a', '    a'],
    ['a\n\nb', '    a\n    \n    b'],
    ['\n \t\n\n  a\n\n b \n\n', '      a\n    \n     b'],
    ['a\n \n b', '    a\n     \n     b'],
  ])('indents each line of %j', (text, block) => {
    expect(codeBlock(text)).toBe(block);
  });
});

describe('promptName', () => {
  it.each(['a', '9', 'a-1', 'a.b', 'a_b', 'a:#@/b', 'größe-1', '库存'])(
    'prints %j as it is',
    (name) => {
      expect(promptName(name)).toBe(name);
    },
  );

  it.each([
    ['', '`""`'],
    ['-a', '`"-a"`'],
    ['_a', '`"_a"`'],
    ['a b', '`"a b"`'],
    ['a\nb', '`"a\\nb"`'],
    ['a*b', '`"a\\u002ab"`'],
    ['a`b`', '`"a\\u0060b\\u0060"`'],
    ['a._b', '`"a._b"`'],
  ])('prints %j as JSON in a code span', (name, span) => {
    expect(promptName(name)).toBe(span);
  });
});

describe('promptKey', () => {
  it.each(['a', 'a b', '-a', 'é: x'])('prints %j as it is', (key) => {
    expect(promptKey(key)).toBe(key);
  });

  it.each([
    ['', '`""`'],
    [' a', '`" a"`'],
    ['a ', '`"a "`'],
    ['a\nb', '`"a\\nb"`'],
    ['a*', '`"a\\u002a"`'],
  ])('prints %j as JSON in a code span', (key, span) => {
    expect(promptKey(key)).toBe(span);
  });
});

describe('promptValue', () => {
  it.each([
    ['a', 'a'],
    ['# a', '# a'],
    ['', ''],
    [{ b: 1, a: [null] }, '{"a":[null],"b":1}'],
    ['a\nb', '`"a\\nb"`'],
    ['a * b', '`"a * b"`'],
    ['a ** b', '`"a \\u002a\\u002a b"`'],
    ['a ` b', '``"a ` b"``'],
    ['a `` b ` c', '```"a `` b ` c"```'],
    [{ a: '*' }, '`{"a":"*"}`'],
  ])('prints %j on one line', (value, shown) => {
    expect(promptValue(value)).toBe(shown);
  });
});
