import { addUsage, noUsage, type ReportStatus, type Usage } from '@agent-handoff/core/adapter';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';

/** The tokens that the calls behind these messages consumed, as their providers counted them. */
export function toUsage(messages: readonly BaseMessage[]): Usage {
  return messages.reduce(
    (sum, message) => (AIMessage.isInstance(message) ? addUsage(sum, usageOf(message)) : sum),
    noUsage,
  );
}

function usageOf({ usage_metadata: usage }: AIMessage): Usage | undefined {
  if (usage === undefined) return undefined;
  const { input_tokens: inputTokens = 0, output_tokens: outputTokens = 0, total_tokens } = usage;
  return { inputTokens, outputTokens, totalTokens: total_tokens ?? inputTokens + outputTokens };
}

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
  const { finish_reason, stop_reason, finishReason } = message?.response_metadata ?? {};
  const said = finish_reason ?? stop_reason ?? finishReason;
  return cutOff.has(typeof said === 'string' ? said.toLowerCase() : said)
    ? 'incomplete'
    : 'completed';
}
