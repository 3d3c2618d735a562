import { leastThat } from './least-that.ts';
import type { CountTokens } from './prompt-budget.ts';

/** The first `maxCharacters` code points, with a mark where something was cut. */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  let end = 0;
  let count = 0;
  for (const character of text) {
    if (count === maxCharacters) return `${text.slice(0, end)}...`;
    end += character.length;
    count += 1;
  }
  return text;
}

/** As much of the text's beginning as `maxTokens` take with the mark of a cut; may be nothing. */
export function cutToTokens(text: string, maxTokens: number, countTokens: CountTokens): string {
  if (countTokens(text) <= maxTokens) return text;
  const cutAt = (length: number): string => `${wholeCharacters(text, length).trimEnd()}...`;
  const dropped = leastThat(
    0,
    text.length,
    (count) => countTokens(cutAt(text.length - count)) <= maxTokens,
  );
  const cut = cutAt(text.length - dropped);
  return cut === '...' ? '' : cut;
}

/** The first `length` UTF-16 code units, less the one that would be half a surrogate pair. */
export function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** As many of the text's last lines as `maxTokens` take; may be nothing. */
export function lastLines(text: string, maxTokens: number, countTokens: CountTokens): string {
  const lines = text.split('\n');
  const from = (first: number): string => lines.slice(first).join('\n');
  return from(leastThat(0, lines.length, (first) => countTokens(from(first)) <= maxTokens));
}
