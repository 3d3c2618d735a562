import { cutToTokens, lastLines } from '../context/cut-text.ts';
import type { Message } from '../context/message.ts';
import { message } from '../context/message.ts';
import type { Redactor } from '../context/plain-json.ts';
import { approximateTokens, type CountTokens } from '../context/prompt-budget.ts';
import { createFence } from '../context/prompt-fence.ts';
import { defaultRedactor } from '../context/redact.ts';
import { type Summarize, summarizeConversation } from '../context/summarize-conversation.ts';
import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type IdSource, randomIds } from '../runtime/id-source.ts';
import type { HandoffModel, ModelAnswer } from './handoff-model.ts';
import { noUsage, type Usage } from './usage.ts';

/** A summary, who wrote it, and what that took. */
export interface WrittenSummary {
  /** Empty for a conversation without content. */
  readonly text: string;
  readonly writtenBy: 'model' | 'fallback';
  /** Why the fallback wrote it, where a model was asked. */
  readonly problem?: string;
  readonly usage: Usage;
}

/** Writes the summary of a conversation, in its own time. */
export type WriteSummary = (
  messages: readonly Message[],
  options?: { readonly signal?: AbortSignal },
) => Promise<WrittenSummary>;

/** How {@link summarizeWithModel} asks, and how it is bounded. */
export interface SummarizeWithModelOptions {
  /** The most tokens that a summary has, enforced by cutting it; default 400. */
  readonly maxTokens?: number;
  /** Default `approximateTokens`. */
  readonly countTokens?: CountTokens;
  /** What matters to the reader, in a sentence or two; added to the request. */
  readonly instructions?: string;
  /** The last so many messages are shown to the model; default 200. */
  readonly maxMessages?: number;
  /** Code points shown of each message; default 1,000. */
  readonly maxCharacters?: number;
  /** Milliseconds that the model may take; default 60,000. */
  readonly timeoutMs?: number;
  /** Writes the summary where the model doesn't; default `summarizeConversation`. */
  readonly fallback?: Summarize;
  /** Hides secrets from the model; default `createRedactor()`. */
  readonly redact?: Redactor;
  readonly clock?: Clock;
  readonly ids?: IdSource;
}

const optionNames = {
  maxTokens: true,
  countTokens: true,
  instructions: true,
  maxMessages: true,
  maxCharacters: true,
  timeoutMs: true,
  fallback: true,
  redact: true,
  clock: true,
  ids: true,
} satisfies Record<keyof SummarizeWithModelOptions, true>;

const systemPrompt =
  'You summarize conversations for the agent that takes over. Keep what it needs to go on: what is wanted, what was found out, with names, numbers and dates as they were said, what was done and decided, what is open. Leave out greetings and repetition. Reply with the summary alone.';

/**
 * A writer that has a model write the summary. The conversation is shown to the model as fenced data,
 * a message on a line, secrets redacted and system messages left out. Where the model throws, takes
 * too long, or answers without text, the fallback writes it: the newest lines that fit. The tokens used
 * are in the answer in any case in which the model told them.
 *
 * The writer throws when its `signal` aborts, that signal's reason, and what the fallback throws.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a bound that is not a whole number from 1.
 *
 * @example
 * const write = summarizeWithModel(model, { maxTokens: 300 });
 * const { text, usage } = await write(state.messages);
 * createHandoffContext({ sourceAgentId, targetAgentId, originalTask, state, conversationSummary: text });
 */
export function summarizeWithModel(
  model: HandoffModel,
  options: SummarizeWithModelOptions = {},
): WriteSummary {
  checkOptions('summarizeWithModel', options, optionNames);
  const {
    maxTokens = 400,
    countTokens = approximateTokens,
    maxMessages = 200,
    maxCharacters = 1_000,
    timeoutMs = 60_000,
    redact = defaultRedactor,
    fallback = (messages) => summarizeConversation(messages, { redact }),
    clock = systemClock,
  } = options;
  checkBounds({ maxTokens, maxMessages, maxCharacters, timeoutMs });
  return async (messages, { signal } = {}) => {
    signal?.throwIfAborted();
    const fallBack = (usage: Usage, problem?: string): WrittenSummary => ({
      text: lastLines(fallback(messages), maxTokens, countTokens),
      writtenBy: 'fallback',
      ...(problem === undefined ? {} : { problem }),
      usage,
    });
    const shown = (): string => {
      const said = messages.filter(({ role }) => role !== 'system').slice(-maxMessages);
      return summarizeConversation(said, { maxMessages, maxCharacters, redact });
    };
    let answer: ModelAnswer;
    try {
      const transcript = shown();
      if (transcript === '') return fallBack(noUsage);
      const question = message.user(questionAbout(transcript, maxTokens, options));
      answer = await within(timeoutMs, clock, signal, (until) =>
        model.generate({ systemPrompt, messages: [question], tools: [], signal: until }),
      );
    } catch (thrown) {
      signal?.throwIfAborted();
      return fallBack(noUsage, thrown instanceof Error ? thrown.message : String(thrown));
    }
    const { output, usage = noUsage } = answer;
    const text = typeof output === 'string' ? output.trim() : '';
    if (text === '') return fallBack(usage, 'The model answered without text.');
    const cut = cutToTokens(text, maxTokens, countTokens);
    return { text: cut, writtenBy: 'model', usage };
  };
}

function questionAbout(
  transcript: string,
  maxTokens: number,
  { ids = randomIds, instructions = '' }: SummarizeWithModelOptions,
): string {
  const fence = createFence(ids('delimiter'));
  const words = Math.max(10, Math.floor(maxTokens * 0.7));
  return [
    fence.explanation,
    fence.text(transcript, 'unverified'),
    `Summarize this conversation in at most ${words} words.${instructions === '' ? '' : ` ${instructions}`}`,
  ].join('\n\n');
}

/** Runs until it is done, the time is over or the signal aborts, whichever comes first. */
async function within<Result>(
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error));
  });
  const onAbort = (): void => controller.abort(signal?.reason);
  const disarm = clock.schedule(timeoutMs, () =>
    controller.abort(new Error(`The model had not answered after ${timeoutMs} ms.`)),
  );
  signal?.addEventListener('abort', onAbort);
  try {
    return await Promise.race([run(controller.signal), stopped]);
  } finally {
    disarm();
    signal?.removeEventListener('abort', onAbort);
  }
}

function checkBounds(bounds: Record<string, number>): void {
  for (const [name, bound] of Object.entries(bounds)) {
    if (Number.isSafeInteger(bound) && bound >= 1) continue;
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `${name} is ${bound}. Pass a whole number from 1, or leave it out.`,
    );
  }
}
