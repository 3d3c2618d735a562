import { HandoffError } from '../errors/handoff-error.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Json } from './json.ts';
import { visibleText } from './visible-text.ts';

/** What CommonMark (or GFM) may give a meaning within a line; wider than the standard. */
const inlineMarkup = /[*`<\\]|~~|\]\(|&(?:#|[A-Za-z][A-Za-z0-9]*;)/;

/** An underscore opens emphasis only where no letter or digit stands before it: `order_id` is plain. */
const emphasis = /(?:^|(?!_)[\s\p{P}\p{S}])_/u;

/** What has a meaning at the beginning of a line. */
const blockMarkup = /^[^\S\n]*(?:[#>|=:[+-]|~~|\d{1,9}[.)])|^(?: {4}| {0,3}\t)/m;

/** Lines that look like our fences. */
const fenceLine = /^[^\S\n]*(?:BEGIN|END) UNTRUSTED/im;

const plainId = /^[\p{L}\p{N}][\p{L}\p{N}_.:#@/-]*$/u;

const isPlainLine = (text: string): boolean =>
  !inlineMarkup.test(text) && !(text.includes('_') && emphasis.test(text));

/** Whether each character of the text stands for itself, wherever it is printed. */
const isPlain = (text: string): boolean =>
  isPlainLine(text) && !blockMarkup.test(text) && !fenceLine.test(text);

/** A name in a line of ours: as it is where it is plain, else as JSON in a code span. */
export function promptName(name: string): string {
  return plainId.test(name) && isPlainLine(name) ? name : nameSpan(name);
}

/** A body of text under a heading: as it is where it is plain, else as an indented code block. */
export function promptBody(text: string): string {
  const shown = visibleText(text);
  return isPlain(shown) ? shown : codeBlock(shown);
}

/** The key of a finding: never empty, without `*`, on one line. */
export function promptKey(key: string): string {
  const shown = visibleText(key);
  const plain = shown !== '' && shown === shown.trim() && !shown.includes('\n');
  return plain && isPlainLine(shown) ? shown : nameSpan(key);
}

/** The value of a finding on one line: text as it is and other values as JSON where that is plain. */
export function promptValue(value: Json): string {
  const shown = typeof value === 'string' ? visibleText(value) : promptJson(value);
  return !isPlainLine(shown) || shown.includes('\n') ? jsonSpan(value) : shown;
}

/**
 * Canonical JSON on one line in which nothing is hidden; still JSON, of the same value.
 *
 * @throws HandoffError `INVALID_CONTEXT` for a value that is not plain JSON.
 */
export function promptJson(value: Json): string {
  try {
    return visibleText(canonicalJson(value));
  } catch (thrown) {
    const advice = 'The context is not plain JSON; make it with createHandoffContext';
    throw HandoffError.from(thrown, 'INVALID_CONTEXT', advice);
  }
}

/**
 * An indented code block (CommonMark section 4.4): nothing in it is structure, and no line of it
 * begins with what one of our lines begins with.
 */
export function codeBlock(text: string): string {
  const lines = text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  return lines.replace(/^/gm, '    ');
}

/** A code span (CommonMark section 6.1) of JSON, in which no two asterisks meet. */
function jsonSpan(value: Json): string {
  const shown = promptJson(value).replace(/\*{2,}/g, (run) => '\\u002a'.repeat(run.length));
  let longest = 0;
  for (const run of shown.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${shown}${ticks}`;
}

/** The same for a name, which may stand in a label or begin a line: no asterisks, no backticks. */
function nameSpan(name: string): string {
  return `\`${promptJson(name).replaceAll('*', '\\u002a').replaceAll('`', '\\u0060')}\``;
}
