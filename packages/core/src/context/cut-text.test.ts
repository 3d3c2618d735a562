import { describe, expect, it } from 'vitest';
import { cutText, cutToTokens, lastLines, wholeCharacters } from './cut-text.ts';

const perCharacter = (text: string): number => text.length;

describe('cutText', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc...'],
    // Code points, not the halves of their surrogate pairs.
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '😀😀😀...'],
    ['a😀b', 1, 'a...'],
  ])('keeps of %j at most %d characters', (text, maxCharacters, kept) => {
    expect(cutText(text, maxCharacters)).toBe(kept);
  });
});

describe('cutToTokens', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abc...'],
    ['ab   cdefg', 7, 'ab...'],
    ['abcdefg', 4, 'a...'],
    // The mark alone says nothing.
    ['abcdefg', 3, ''],
    ['abcdefg', 2, ''],
    ['', 0, ''],
  ])('keeps of %j what %d tokens take with the mark', (text, maxTokens, kept) => {
    expect(cutToTokens(text, maxTokens, perCharacter)).toBe(kept);
  });

  it.each(['\u{10000}', '\u{10ffff}', '😀'])('never cuts %j in half', (pair) => {
    const text = `a${pair}${pair}bcd`;
    for (let maxTokens = 0; maxTokens < text.length; maxTokens++) {
      const kept = cutToTokens(text, maxTokens, perCharacter);
      expect(kept.isWellFormed()).toBe(true);
      expect(kept.length).toBeLessThanOrEqual(maxTokens);
    }
    expect(cutToTokens(text, 7, perCharacter)).toBe(`a${pair}...`);
  });

  it('keeps whatever is no half of a pair', () => {
    expect(cutToTokens('\ud7ff\ue000bcde', 5, perCharacter)).toBe('\ud7ff\ue000...');
    expect(cutToTokens('\ud7ff\ue000bcde', 4, perCharacter)).toBe('\ud7ff...');
  });
});

describe('wholeCharacters', () => {
  it.each([
    ['abc', 2, 'ab'],
    ['abc', 0, ''],
    ['a😀b', 1, 'a'],
    ['a😀b', 2, 'a'],
    ['a😀b', 3, 'a😀'],
    ['\u{10000}', 1, ''],
    ['\u{10fc00}', 1, ''],
    ['\ud7ff\ue000', 1, '\ud7ff'],
    ['\ud7ff\ue000', 2, '\ud7ff\ue000'],
  ])('of %j, %d: no half of a character', (text, length, kept) => {
    expect(wholeCharacters(text, length)).toBe(kept);
  });
});

describe('lastLines', () => {
  it.each([
    ['a\nb\nc', 5, 'a\nb\nc'],
    ['a\nb\nc', 4, 'b\nc'],
    ['a\nb\nc', 3, 'b\nc'],
    ['a\nb\nc', 2, 'c'],
    ['a\nb\nccc', 2, ''],
  ])('keeps of %j the last lines that %d tokens take', (text, maxTokens, kept) => {
    expect(lastLines(text, maxTokens, perCharacter)).toBe(kept);
  });
});
