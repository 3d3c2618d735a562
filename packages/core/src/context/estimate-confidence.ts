/** How {@link estimateConfidence} can be replaced. */
export type EstimateConfidence = (response: string, base: number) => number;

const confident = /(?<![\p{L}\p{N}_])(?:resolved|solved|confirmed)(?![\p{L}\p{N}_])/giu;

/** The same words turned round in one: what they say is that it isn't so. */
const contrary = /(?<![\p{L}\p{N}_])(?:un|non-?)(?:resolved|solved|confirmed)(?![\p{L}\p{N}_])/iu;

const uncertain = /uncertain|unclear|need more/i;

/** Words that turn round, or leave open, what follows in the same clause. */
const turning =
  /(?<![\p{L}\p{N}_])(?:not|never|no|none|nothing|nobody|neither|nor|cannot|without|hardly|barely|unable|fail(?:s|ed|ing)?|(?:is|are|was|were|has|have|had|does|do|did|could|can|ca|wo|would|should|must|ai)n['’]?t|if|once|until|unless|whether|before|to be|yet to|(?:may|might|could|would|should|must|needs? to|remains? to) (?:\p{L}+ ){0,2}be)(?![\p{L}\p{N}_])/iu;

/** A denial or a question behind the word: `resolved: no`, `"resolved": false`, `resolved?` */
const denied =
  /^["'’*_`\s]{0,5}(?:\?|[:=]["'’*_`\s]{0,5}(?:no|not|none|false|never|pending|0)(?![\p{L}\p{N}_]))/iu;

/** How far back a turning word is looked for, in characters and in words. */
const reach = { characters: 80, words: 6 };

/**
 * A confidence from the words of an answer: `base` plus 0.2 where it says resolved, solved or
 * confirmed; less 0.1 where it says uncertain, unclear or need more; else plus 0.1; from 0 to 1. A
 * confident word outweighs uncertain ones, but one that is turned round (`unresolved`, `not
 * confirmed`, `could not be resolved`, `once solved`, `resolved?`) makes the whole answer uncertain. A
 * blank answer leaves the base as it is. A base that isn't a number counts as 0. Knows English only:
 * let the agent report its confidence where that matters.
 */
export const estimateConfidence: EstimateConfidence = (response, base) => {
  const start = Number.isNaN(base) ? 0 : Math.min(1, Math.max(0, base));
  if (response.trim() === '') return start;
  const claim = claimOf(response);
  const change = claim === 'confident' ? 0.2 : claim === 'uncertain' ? -0.1 : 0.1;
  return Math.min(1, Math.max(0, start + change));
};

function claimOf(response: string): 'confident' | 'uncertain' | undefined {
  let claimed = false;
  for (const match of response.matchAll(confident)) {
    const end = match.index + match[0].length;
    const before = clauseBefore(response, match.index);
    if (turning.test(before) || denied.test(response.slice(end, end + 20))) return 'uncertain';
    claimed = true;
  }
  if (contrary.test(response)) return 'uncertain';
  if (claimed) return 'confident';
  return uncertain.test(response) ? 'uncertain' : undefined;
}

/** The last words of the clause that ends at `index`. */
function clauseBefore(response: string, index: number): string {
  const near = response.slice(Math.max(0, index - reach.characters), index);
  const clause = near.split(/[.,;:!?()\n]/).at(-1) as string;
  return clause.trim().split(/\s+/).slice(-reach.words).join(' ');
}
