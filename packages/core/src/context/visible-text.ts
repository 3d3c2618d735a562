/**
 * Characters that change what is seen without being seen: control characters but tab and newline,
 * line and paragraph separators, bidirectional controls, invisible operators, fillers, tags and
 * supplementary variation selectors (Unicode's default ignorable code points), half surrogate pairs.
 */
const hidden =
  /(?![\t\n])\p{Cc}|(?!\u200c|\u200d|[\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|[\p{Zl}\p{Zp}\p{Cs}\ufff9-\ufffb]/gu;

/** Joiners matter between letters of some scripts and in emoji; beside ASCII they only hide. */
const loneJoiner =
  /(?<=\p{ASCII}|^)[\u200c\u200d]|[\u200c\u200d](?=[\p{ASCII}\u200c\u200d]|$)|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]/gu;

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
  const units = character.split('').map((unit) => unit.charCodeAt(0));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
