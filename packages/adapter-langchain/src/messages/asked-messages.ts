import {
  type Message,
  type MessagePart,
  type ModelRequest,
  message,
} from '@agent-handoff/core/adapter';
import { type BaseMessage, SystemMessage } from '@langchain/core/messages';
import { toLangChainMessages } from './to-langchain-messages.ts';
import { withFilesApart } from './with-files-apart.ts';

/**
 * What a request asks, as messages of LangChain. Where no tools are offered earlier tool calls are told in
 * words: some providers refuse them as they are.
 */
export function askedMessages({
  systemPrompt,
  messages,
  tools,
}: Pick<ModelRequest, 'systemPrompt' | 'messages' | 'tools'>): BaseMessage[] {
  const asked = withFilesApart(messages);
  return [
    ...(systemPrompt ? [new SystemMessage(systemPrompt)] : []),
    ...toLangChainMessages(tools.length === 0 ? asked.map(withCallsInWords) : asked),
  ];
}

function withCallsInWords({ role, parts, ...rest }: Message): Message {
  return role === 'tool'
    ? message.user(parts.map(inWords))
    : { ...rest, role, parts: parts.map(inWords) };
}

function inWords(part: MessagePart): MessagePart {
  if (part.type === 'tool_call') {
    return text(`[Called the tool ${part.name} with ${JSON.stringify(part.arguments)}]`);
  }
  if (part.type !== 'tool_call_response') return part;
  const { response, isError } = part;
  const told = typeof response === 'string' ? response : JSON.stringify(response);
  return text(`[${isError ? 'The tool failed' : 'The tool answered'}: ${told}]`);
}

const text = (content: string): MessagePart => ({ type: 'text', content });
