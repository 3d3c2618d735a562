import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { HandoffContext } from './handoff-context.ts';
import type { Origin } from './origin.ts';
import { approximateTokens, type CountTokens, fitPrompt } from './prompt-budget.ts';
import { createFence, delimiterFor } from './prompt-fence.ts';
import { type PromptContent, type PromptFinding, renderPrompt } from './render-prompt.ts';

/** What {@link toPrompt} needs beside the context; all of it optional. */
export interface ToPromptOptions {
  /** Where the context came from; default `own`. Anything else is fenced as untrusted data. */
  readonly origin?: Origin;
  /** The findings, by key, whose origin differs from the context's. */
  readonly findingOrigins?: Readonly<Record<string, Origin>>;
  /**
   * The mark in the lines around untrusted data: 8 to 64 letters, digits, `_` and `-`, drawn once per
   * handoff so that whoever wrote the data can't know it. Default: made from `handoffId`, which they
   * may know; they can't end the fence with it either way.
   */
  readonly delimiter?: string;
  /** The most tokens that the prompt may have; default no bound. */
  readonly maxTokens?: number;
  /** How tokens are counted; default `approximateTokens`. */
  readonly countTokens?: CountTokens;
}

/**
 * The context as a message for a model, in Markdown: reason, source and confidence, then a section for
 * each of Original Task, Payload, Progress So Far, Findings, Conversation Summary, Instructions and
 * Handoff Chain that has content. Key messages are not in it; they are sent as messages.
 *
 * No content can pose as a heading, a label or a section of its own. Text that no Markdown parser can
 * misread is printed as it is, any other as an indented code block; a finding that needs it as JSON in
 * a code span. Characters that can't be seen are printed as `\uXXXX`. Content of another origin than
 * `own` is fenced by two lines with the delimiter, which can't occur between them.
 *
 * With `maxTokens`, detail is dropped, the oldest first, in the order conversation summary, progress,
 * findings, payload, chain; the header says what. Only then is the task cut to as few as 200
 * characters, then the instructions, then the rest. The bound holds unless the header alone is longer.
 *
 * Pure: equal input gives equal text.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` for a delimiter or a `maxTokens` that can't be.
 */
export function toPrompt(context: HandoffContext, options: ToPromptOptions = {}): string {
  checkOptions('toPrompt', options, optionNames, receivedNames);
  const { maxTokens, countTokens = approximateTokens } = options;
  const content = promptContent(context, options);
  const foreign =
    content.origin !== 'own' || content.findings.some(({ origin }) => origin !== 'own');
  const fence = foreign
    ? createFence(options.delimiter ?? delimiterFor(context.handoffId))
    : undefined;
  if (maxTokens === undefined) return renderPrompt(content, fence);
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxTokens is ${maxTokens}. Pass a whole number from 1, or leave it out.`,
    );
  }
  return fitPrompt(content, (kept) => renderPrompt(kept, fence), maxTokens, countTokens);
}

const optionNames = {
  origin: true,
  findingOrigins: true,
  delimiter: true,
  maxTokens: true,
  countTokens: true,
} satisfies Record<keyof ToPromptOptions, true>;

/** What else an agent receives: its options may be passed on as they are. */
const receivedNames = {
  tools: true,
  signal: true,
  deadlineAt: true,
  onEvent: true,
  resumeFrom: true,
  approval: true,
} as const;

function promptContent(
  context: HandoffContext,
  { origin = 'own', findingOrigins = {} }: ToPromptOptions,
): PromptContent {
  const { payload, progressSummary, conversationSummary, instructions, handoffChain } = context;
  const findings: PromptFinding[] = [];
  for (const key of Object.keys(context.findings)) {
    const value = context.findings[key];
    if (value === undefined) continue;
    const own = Object.hasOwn(findingOrigins, key) ? findingOrigins[key] : undefined;
    findings.push({ key, value, origin: own ?? origin });
  }
  return {
    origin,
    reason: context.reason,
    sourceAgentId: context.sourceAgentId,
    confidence: context.confidence,
    task: context.originalTask,
    payload,
    progress: progressSummary,
    findings,
    summary: conversationSummary,
    instructions,
    chain: handoffChain.length === 0 ? [] : [...handoffChain, context.targetAgentId],
    leftOut: [],
  };
}
