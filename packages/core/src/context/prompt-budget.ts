import { wholeCharacters } from './cut-text.ts';
import { leastThat } from './least-that.ts';
import type { PromptContent } from './render-prompt.ts';

/** Counts the tokens of a text as the receiving model does. */
export type CountTokens = (text: string) => number;

/**
 * Tokens of a text without a tokenizer: a quarter of its UTF-8 bytes, rounded up. Near the count of
 * common tokenizers for English prose and above it for most other text.
 */
export const approximateTokens: CountTokens = (text) => {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair stands for two of its four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return Math.ceil(bytes / 4);
};

/** One kind of detail that can be dropped piece by piece, oldest first. */
interface Stage {
  readonly pieces: number;
  /** The content without the oldest `count` pieces, which says so in `leftOut`. */
  drop(count: number): PromptContent;
}

/**
 * The prompt of `content` in at most `maxTokens`. Detail goes first, oldest first: lines of the
 * summary, lines of the progress, findings, the payload, the chain. What was dropped is said in the
 * header where the words fit. Then the task is cut, down to its first 200 characters, then the
 * instructions, then the rest of the task; the header stays.
 */
export function fitPrompt(
  content: PromptContent,
  render: (content: PromptContent) => string,
  maxTokens: number,
  countTokens: CountTokens,
): string {
  const fits = (candidate: PromptContent): boolean => countTokens(render(candidate)) <= maxTokens;
  if (fits(content)) return render(content);
  let rest = content;
  for (const stage of [summaryStage, progressStage, findingsStage, payloadStage, chainStage]) {
    const { pieces, drop } = stage(rest);
    if (pieces === 0) continue;
    if (fits(drop(pieces))) return render(drop(leastThat(1, pieces, (count) => fits(drop(count)))));
    rest = drop(pieces);
  }
  const silent: PromptContent = { ...rest, leftOut: [] };
  const brief: PromptContent = { ...rest, leftOut: ['details'] };
  if (fits(brief)) return render(brief);
  if (fits(silent)) return render(silent);
  const shortTask = cutText(silent, 'task', taskStart, fits);
  const cut = fits(shortTask) ? shortTask : cutText(shortTask, 'instructions', 0, fits);
  return render(fits(cut) ? cut : cutText(cut, 'task', 0, fits));
}

/** The beginning of the task that is worth more than any instruction, in UTF-16 code units. */
const taskStart = 200;

/**
 * The content with as much of one text as fits, but no less than `least` characters of it, and a mark
 * where it was cut.
 */
function cutText(
  content: PromptContent,
  part: 'task' | 'instructions',
  least: number,
  fits: (content: PromptContent) => boolean,
): PromptContent {
  const { [part]: text = '', ...without } = content;
  const mostDropped = text.length - least;
  if (mostDropped <= 0) return content;
  const dropping = (count: number): PromptContent => {
    if (count === text.length) return without;
    const kept = wholeCharacters(text, text.length - count).trimEnd();
    return { ...without, [part]: `${kept}… (cut for length)` };
  };
  return dropping(leastThat(1, mostDropped, (count) => fits(dropping(count))));
}

const summaryStage = (content: PromptContent): Stage =>
  linesStage(content, 'summary', 'the conversation summary');

const progressStage = (content: PromptContent): Stage =>
  linesStage(content, 'progress', 'the progress');

function linesStage(content: PromptContent, part: 'summary' | 'progress', name: string): Stage {
  const { [part]: text = '', ...without } = content;
  const lines = text.trim() === '' ? [] : text.split(/\r\n|[\r\n]/);
  return {
    pieces: lines.length,
    drop(count) {
      if (count >= lines.length) return note(without, name);
      const kept = lines.slice(count).join('\n');
      return note({ ...without, [part]: kept }, `the ${number(count, 'oldest line')} of ${name}`);
    },
  };
}

function findingsStage(content: PromptContent): Stage {
  const { findings } = content;
  const oldestFirst = byAge(content);
  return {
    pieces: findings.length,
    drop(count) {
      if (count >= findings.length) {
        return note({ ...content, findings: [] }, number(count, 'finding'));
      }
      const dropped = new Set(oldestFirst.slice(0, count));
      const kept = findings.filter(({ key }) => !dropped.has(key));
      return note({ ...content, findings: kept }, `the ${number(count, 'oldest finding')}`);
    },
  };
}

function payloadStage(content: PromptContent): Stage {
  const { payload, ...without } = content;
  return { pieces: payload === undefined ? 0 : 1, drop: () => note(without, 'the payload') };
}

function chainStage(content: PromptContent): Stage {
  const drop = (): PromptContent => note({ ...content, chain: [] }, 'the handoff chain');
  return { pieces: Math.min(1, content.chain.length), drop };
}

/**
 * The keys of the findings, oldest first. A finding under the id of an agent of the chain (`billing`,
 * `billing#2` for its second visit) is as old as that visit; others came with the task.
 */
function byAge({ findings, chain }: PromptContent): string[] {
  const visits = new Map<string, number>();
  const seen = new Map<string, number>();
  chain.forEach((agentId, index) => {
    const visit = (seen.get(agentId) ?? 0) + 1;
    seen.set(agentId, visit);
    visits.set(visit === 1 ? agentId : `${agentId}#${visit}`, index);
  });
  const age = (key: string): number => visits.get(key) ?? -1;
  return findings.map(({ key }) => key).sort((a, b) => age(a) - age(b));
}

const note = (content: PromptContent, words: string): PromptContent => ({
  ...content,
  leftOut: [...content.leftOut, words],
});

const number = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
