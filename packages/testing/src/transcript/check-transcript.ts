import { checkOptions, type Message } from '@agent-handoff/core/adapter';
import { checkPart } from './check-part.ts';
import { checkRoles } from './check-roles.ts';
import { checkToolPairs } from './check-tool-pairs.ts';
import {
  type TranscriptProblem,
  type TranscriptProblemKind,
  type TranscriptProvider,
  transcriptProviders,
} from './transcript-problem.ts';

/** What {@link checkTranscript} takes beside the messages. */
export interface CheckTranscriptOptions {
  /** The provider that must accept it; absent, all of them. */
  readonly provider?: TranscriptProvider;
  /** True for a piece of a conversation, which may begin and end with any role; default false. */
  readonly excerpt?: boolean;
}

const optionNames = {
  provider: true,
  excerpt: true,
} satisfies Record<keyof CheckTranscriptOptions, true>;

/** What the parts of the check share. */
export interface TranscriptCheck {
  readonly providers: readonly TranscriptProvider[];
  readonly excerpt: boolean;
  report(kind: TranscriptProblemKind, index: number, message: string): void;
}

/**
 * Everything for which a strict provider would answer HTTP 400 to this transcript, in the order of the
 * messages. It follows the rules that OpenAI (chat completions), Anthropic (messages) and Google
 * (generateContent) enforce on the shape of a conversation, in the strictest reading of each; it knows
 * nothing of `repairTranscript`.
 *
 * @example
 * checkTranscript([message.user('Hi'), message.tool('c1', 'an answer to nothing')]);
 * // [{ kind: 'orphan-result', index: 1, message: '…' }]
 */
export function checkTranscript(
  messages: readonly Message[],
  options: CheckTranscriptOptions = {},
): readonly TranscriptProblem[] {
  checkOptions('checkTranscript', options, optionNames);
  const { provider, excerpt = false } = options;
  const problems: TranscriptProblem[] = [];
  const check: TranscriptCheck = {
    providers: provider === undefined ? transcriptProviders : [provider],
    excerpt,
    report: (kind, index, message) => void problems.push({ kind, index, message }),
  };
  if (messages.length === 0 && !excerpt) check.report('empty', -1, 'There is no message.');
  messages.forEach((each, index) => {
    checkMessage(each, index, check);
  });
  checkToolPairs(messages, check);
  checkRoles(messages, check);
  return problems.sort((a, b) => a.index - b.index);
}

/**
 * Throws where {@link checkTranscript} finds problems.
 *
 * @throws Error with one line for each problem.
 */
export function expectValidTranscript(
  messages: readonly Message[],
  options: CheckTranscriptOptions = {},
): void {
  const problems = checkTranscript(messages, options);
  if (problems.length === 0) return;
  const lines = problems.map(({ kind, message }) => `- ${kind}: ${message}`);
  const whom = options.provider ?? 'a strict provider';
  throw new Error(`${whom} would refuse this transcript:\n${lines.join('\n')}`);
}

function checkMessage({ role, parts, name }: Message, index: number, check: TranscriptCheck): void {
  if (role === 'system') {
    const remedy = 'pass it as the system prompt of the request, or say it as the user.';
    check.report('system-message', index, `Message ${index} is a system message: ${remedy}`);
  }
  if (parts.length === 0) check.report('empty', index, `Message ${index} has no parts.`);
  if (name !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    check.report('bad-name', index, `Message ${index} has the name ${JSON.stringify(name)}.`);
  }
  parts.forEach((part, place) => {
    checkPart(part, role, { index, place }, check);
  });
}
