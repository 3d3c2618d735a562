/**
 * Characters that change what is seen without being seen: control characters but tab and newline,
 * line and paragraph separators, bidirectional controls (UAX 9), invisible operators, fillers, tags
 * and supplementary variation selectors, half surrogate pairs.
 */
const hidden =
  /(?![\t\n])\p{Cc}|[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/** Joiners matter between letters of some scripts and in emoji; beside ASCII they only hide. */
const loneJoiner = /(?<=[\0-\x7f]|^)[\u200c\u200d]|[\u200c\u200d](?=[\0-\x7f\u200c\u200d]|$)/gu;

/** All that can need work: anything but printable ASCII, tab and newline. */
const anyUnusual = /[^\t\n -~]/;

/**
 * The text with `\n` as its only line ending and every hidden character as `\uXXXX`: what a person or
 * a model sees is what is there. In JSON text the escapes mean the same characters as before.
 */
export function visibleText(text: string): string {
  if (!anyUnusual.test(text)) return text;
  return text.replace(/\r\n?/g, '\n').replace(hidden, escaped).replace(loneJoiner, escaped);
}

function escaped(character: string): string {
  let shown = '';
  for (let i = 0; i < character.length; i++) {
    shown += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return shown;
}
