import type { Json, JsonObject, Message, MessagePart } from '@agent-handoff/core/adapter';
import type { AIMessage, BaseMessage, ContentBlock, ToolMessage } from '@langchain/core/messages';
import { refusalOf } from './answer-text.ts';
import { fromMediaBlock } from './media-block.ts';

/** The natural reading of one message; nothing for what only LangGraph understands. */
export function fromPlainMessage(message: BaseMessage): Message | undefined {
  // `model` is what createAgent calls an agent that has no name.
  const { name } = message;
  const named = name === undefined || name === 'model' ? {} : { name };
  switch (message.type as string) {
    case 'human':
      return { role: 'user', parts: fromContent(message), ...named };
    case 'system':
    case 'developer':
      return { role: 'system', parts: fromContent(message), ...named };
    case 'ai':
      return { role: 'assistant', parts: fromAssistant(message as AIMessage), ...named };
    case 'tool': {
      const { tool_call_id: id, status, content } = message as ToolMessage;
      const response = typeof content === 'string' ? content : fromResult(message);
      const failed = status === 'error' ? { isError: true } : {};
      return { role: 'tool', parts: [{ type: 'tool_call_response', id, response, ...failed }] };
    }
    case 'generic': {
      const { role } = message as BaseMessage & { readonly role?: string };
      const known = role === 'assistant' || role === 'system' ? role : 'user';
      return { role: known, parts: fromContent(message), ...named };
    }
    default:
      return undefined;
  }
}

function fromAssistant(message: AIMessage): MessagePart[] {
  return [
    ...(typeof message.content === 'string' ? fromReasoning(message) : []),
    ...(message.text === '' && refusalOf(message) !== ''
      ? [text(refusalOf(message))]
      : fromContent(message)),
    ...(message.tool_calls ?? []).map(({ id, name, args }): MessagePart => {
      return { type: 'tool_call', id: id ?? '', name, arguments: args as JsonObject };
    }),
  ];
}

/** What some providers put beside a text. */
function fromReasoning(message: AIMessage): MessagePart[] {
  const { reasoning_content: thought } = message.additional_kwargs ?? {};
  return typeof thought === 'string' && thought !== ''
    ? [{ type: 'reasoning', content: thought }]
    : [];
}

function fromContent(message: BaseMessage): MessagePart[] {
  const { content } = message;
  if (typeof content === 'string') return content === '' ? [] : [text(content)];
  // An assistant's blocks are read as its provider wrote them, in order to be sent back to it.
  const blocks = message.type === 'ai' ? content : message.contentBlocks;
  return (blocks as ContentBlock[]).flatMap(fromBlock);
}

function fromBlock(block: ContentBlock): MessagePart | [] {
  switch (block.type) {
    case 'text':
    case 'text-plain':
      return typeof block['text'] === 'string' ? text(block['text']) : fromMediaBlock(block);
    case 'reasoning':
    case 'thinking':
    case 'redacted_thinking': {
      const content = String(block['reasoning'] ?? block['thinking'] ?? '');
      return { type: 'reasoning', content, providerMetadata: { langchain: plain(block) } };
    }
    default:
      return fromMediaBlock(block);
  }
}

/** What a tool answered in blocks: its text where it is text alone. */
function fromResult(message: BaseMessage): Json {
  const blocks = message.content as ContentBlock[];
  const isText = blocks.every(({ type }) => type === 'text');
  return isText ? message.text : plain(blocks as unknown as JsonObject);
}

const text = (content: string): MessagePart => ({ type: 'text', content });

/** Without what JSON has no word for. */
const plain = <Value extends Json>(value: unknown): Value =>
  JSON.parse(JSON.stringify(value)) as Value;
