import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { ContextFilter, HandedOn } from './context-filter.ts';
import { cutToTokens, lastLines } from './cut-text.ts';
import type { Message, MessagePart } from './message.ts';
import { approximateTokens, type CountTokens } from './prompt-budget.ts';
import { promptKey, promptValue } from './prompt-text.ts';
import { repairTranscript } from './repair-transcript.ts';

/** How {@link withinTokens} counts. */
export interface WithinTokensOptions {
  /** Default `approximateTokens`. */
  readonly countTokens?: CountTokens;
}

const optionNames = { countTokens: true } satisfies Record<keyof WithinTokensOptions, true>;

/** What providers add to each message for its role and its end, at most. */
const tokensPerMessage = 4;

/**
 * Key messages, summary, progress and findings together in at most `maxTokens`. The oldest messages go
 * first, each call with its results; then the oldest lines of the summary, then those of the progress.
 * A first line in the summary says what was left out, unless it would take a quarter of the room.
 * Findings stay: where they
 * alone are more, nothing else is handed on, and the `maxTokens` of `toPrompt` bounds them. Idempotent.
 *
 * Each text is counted by itself, a message as its texts, its calls and results as JSON, and four.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where `maxTokens` is not a whole number from 1.
 */
export function withinTokens(maxTokens: number, options: WithinTokensOptions = {}): ContextFilter {
  checkOptions('withinTokens', options, optionNames);
  const { countTokens = approximateTokens } = options;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxTokens is ${maxTokens}. Pass a whole number from 1.`,
    );
  }
  return { context: (handedOn) => fitHandedOn(handedOn, maxTokens, countTokens) };
}

function fitHandedOn(given: HandedOn, maxTokens: number, countTokens: CountTokens): HandedOn {
  const { conversationSummary: summary = '', progressSummary: progress = '', ...kept } = given;
  const count: CountTokens = (text) => (text === '' ? 0 : countTokens(text));
  const turns = toTurns(repairTranscript(given.keyMessages), count);
  const room = maxTokens - findingsTokens(given, count);
  const keyMessages = turns.flatMap(({ messages }) => messages);
  const needed = turns.reduce((sum, { tokens }) => sum + tokens, count(summary) + count(progress));
  if (needed <= room) return { ...given, keyMessages };

  // A note that takes more than a quarter of the room is not worth what it displaces.
  const longestNote = count(`${noteOf(keyMessages.length, summary, progress)}\n`);
  const noteRoom = longestNote <= room / 4 ? longestNote : 0;
  let left = room - noteRoom;
  const keptProgress = newestText(progress, left, count);
  left -= count(progress);
  const keptSummary = newestText(summary, left, count);
  left -= count(summary);
  const keptMessages = newestTurns(turns, left).flatMap(({ messages }) => messages);

  const note = noteOf(
    keyMessages.length - keptMessages.length,
    keptSummary === summary ? '' : summary,
    keptProgress === progress ? '' : progress,
  );
  const noted =
    noteRoom === 0 ? keptSummary : keptSummary === '' ? note : `${note}\n${keptSummary}`;
  return {
    ...kept,
    ...(noted === '' ? {} : { conversationSummary: noted }),
    ...(keptProgress === '' ? {} : { progressSummary: keptProgress }),
    keyMessages: keptMessages,
  };
}

/** A message and, where it calls tools, their results. */
interface Turn {
  readonly messages: readonly Message[];
  readonly tokens: number;
}

/** The transcript is repaired: results stand directly behind their call. */
function toTurns(messages: readonly Message[], count: CountTokens): readonly Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const tokens = messageTokens(message, count);
    const before = message.role === 'tool' ? turns.pop() : undefined;
    turns.push({
      messages: [...(before?.messages ?? []), message],
      tokens: (before?.tokens ?? 0) + tokens,
    });
  }
  return turns;
}

function newestTurns(turns: readonly Turn[], maxTokens: number): readonly Turn[] {
  let left = maxTokens;
  let first = turns.length;
  while (first > 0 && (turns[first - 1] as Turn).tokens <= left) {
    first -= 1;
    left -= (turns[first] as Turn).tokens;
  }
  return turns.slice(first);
}

/** The newest lines that fit; where not even the last one does, its beginning. */
function newestText(text: string, maxTokens: number, count: CountTokens): string {
  const lines = lastLines(text, maxTokens, count);
  return lines === ''
    ? cutToTokens(text.slice(text.lastIndexOf('\n') + 1), maxTokens, count)
    : lines;
}

function noteOf(messages: number, summary: string, progress: string): string {
  const parts = [
    ...(messages === 0
      ? []
      : [messages === 1 ? 'the oldest message' : `the ${messages} oldest messages`]),
    ...(summary === '' ? [] : ['the beginning of the summary']),
    ...(progress === '' ? [] : ['the beginning of the progress']),
  ];
  return `[Left out for length: ${parts.join(', ')}]`;
}

function messageTokens({ parts }: Message, count: CountTokens): number {
  return parts.reduce((sum, part) => sum + count(partText(part)), tokensPerMessage);
}

function partText(part: MessagePart): string {
  switch (part.type) {
    case 'text':
      return part.content;
    case 'tool_call':
      return `${part.name}${JSON.stringify(part.arguments)}`;
    case 'tool_call_response':
      return JSON.stringify(part.response);
    default:
      return JSON.stringify(part);
  }
}

function findingsTokens({ findings }: HandedOn, count: CountTokens): number {
  const lines = Object.entries(findings).map(
    ([key, value]) => `- **${promptKey(key)}:** ${promptValue(value)}`,
  );
  return count(lines.join('\n'));
}
