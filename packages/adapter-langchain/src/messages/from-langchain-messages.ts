import type { Message } from '@agent-handoff/core/adapter';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { fromPlainMessage } from './from-plain-message.ts';
import { ownOf } from './own-message.ts';
import { toPlainMessage } from './to-plain-message.ts';

/**
 * Messages of LangChain as ours, whichever provider wrote them. The inverse of `toLangChainMessages`.
 * Calls whose arguments were no JSON are left out, like what a provider ran itself: no other model can
 * do anything with them. The result is not repaired: see `repairTranscript`.
 */
export function fromLangChainMessages(messages: readonly BaseMessage[]): Message[] {
  const read: Message[] = [];
  for (const message of messages) {
    const own = ownOf(message);
    const isOurs = own !== undefined && isUnchanged(message, toPlainMessage(own.message));
    const result = isOurs ? own.message : fromPlainMessage(message);
    const last = read.at(-1);
    if (isOurs && own.joined && last?.role === 'tool' && last.name === own.message.name) {
      read[read.length - 1] = { ...last, parts: [...last.parts, ...own.message.parts] };
    } else if (result !== undefined) read.push(result);
  }
  return read;
}

/** Whether nobody has written to a message since it was ours. */
function isUnchanged(message: BaseMessage, made: BaseMessage): boolean {
  return told(message) === told(made);
}

function told(message: BaseMessage): string {
  const calls = AIMessage.isInstance(message) ? message.tool_calls : undefined;
  const id = ToolMessage.isInstance(message) ? message.tool_call_id : undefined;
  const { content, response_metadata } = message;
  // LangChain adds calls to the content of a message of this version.
  const said =
    response_metadata?.['output_version'] === 'v1' && Array.isArray(content)
      ? content.filter(({ type }) => type !== 'tool_call')
      : content;
  return JSON.stringify([
    message.type,
    said,
    id,
    calls?.map((call) => [call.id, call.name, call.args]),
  ]);
}
