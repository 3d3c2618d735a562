import { addUsage, noUsage, type ReportStatus, type Usage } from '@agent-handoff/core/adapter';
import { AIMessage, type BaseMessage, type UsageMetadata } from '@langchain/core/messages';
import { refusalOf } from '../messages/answer-text.ts';

/** The tokens that the calls behind these messages consumed, as their providers counted them. */
export function toUsage(messages: readonly BaseMessage[]): Usage {
  return messages.reduce(
    (sum, message) => (AIMessage.isInstance(message) ? addUsage(sum, usageOf(message)) : sum),
    noUsage,
  );
}

function usageOf(message: AIMessage): Usage | undefined {
  const usage = message.usage_metadata as Partial<UsageMetadata> | undefined;
  if (usage === undefined) return undefined;
  const [inputTokens, outputTokens] = [countOf(usage.input_tokens), countOf(usage.output_tokens)];
  const totalTokens = countOf(usage.total_tokens, inputTokens + outputTokens);
  return { inputTokens, outputTokens, totalTokens };
}

/** Some providers count in what is no number, or not at all. */
const countOf = (tokens: number | undefined, otherwise = 0): number =>
  Number.isSafeInteger(tokens) && Number(tokens) >= 0 ? Number(tokens) : otherwise;

/** Each provider's word for an answer that was cut off, in lower case. */
const cutOff: ReadonlySet<unknown> = new Set([
  'content_filter',
  'length',
  'max_tokens',
  'prohibited_content',
  'recitation',
  'refusal',
  'safety',
]);

/** Whether a model was done when it had written this message. */
export function toStatus(message: BaseMessage | undefined): ReportStatus {
  if (message !== undefined && refusalOf(message) !== '') return 'incomplete';
  const { finish_reason, stop_reason, finishReason } = message?.response_metadata ?? {};
  const said = finish_reason ?? stop_reason ?? finishReason;
  return cutOff.has(typeof said === 'string' ? said.toLowerCase() : said)
    ? 'incomplete'
    : 'completed';
}
