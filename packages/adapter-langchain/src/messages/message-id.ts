import type { Message, MessagePart } from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';
import { fromLangChainMessages } from './from-langchain-messages.ts';
import { toLangChainMessages } from './to-langchain-messages.ts';

/**
 * Messages that a target's run added, each with the id under which LangGraph streamed it: by that it
 * knows a message that it has told already.
 */
export const fromStreamedMessages = (messages: readonly BaseMessage[]): Message[] =>
  messages.flatMap((streamed) =>
    fromLangChainMessages([streamed]).map((message) => withId(message, streamed.id)),
  );

/** The same messages for the state of a graph, under these ids. */
export function toStreamedMessages(messages: readonly Message[]): BaseMessage[] {
  const converted = toLangChainMessages(messages.map(withoutId));
  let place = 0;
  for (const message of messages) {
    const [streamed, id] = [converted[place], messageId(message)];
    if (streamed && id !== undefined) setId(streamed, id);
    place += message.role === 'tool' ? Math.max(message.parts.length, 1) : 1;
  }
  return converted;
}

/** The id under which a message was streamed, where it was. */
export function messageId({ parts }: Message): string | undefined {
  for (const part of parts) if (isStreamed(part)) return part.providerMetadata.langchain.messageId;
  return undefined;
}

/** A reasoning part has what its provider wrote in this place. */
type StreamedPart = MessagePart & {
  readonly providerMetadata: { readonly langchain: { readonly messageId: string } };
};

const isStreamed = (part: MessagePart): part is StreamedPart =>
  part.type !== 'reasoning' &&
  typeof (part as Partial<StreamedPart>).providerMetadata?.langchain?.messageId === 'string';

function withId(message: Message, id: string | undefined): Message {
  const at = message.parts.findIndex(({ type }) => type !== 'reasoning');
  if (id === undefined || at === -1) return message;
  const providerMetadata = { langchain: { messageId: id } };
  const parts = message.parts.map((part, place) =>
    place === at ? { ...part, providerMetadata } : part,
  );
  return { ...message, parts };
}

function withoutId(message: Message): Message {
  if (messageId(message) === undefined) return message;
  const parts = message.parts.map((part): MessagePart => {
    if (!isStreamed(part)) return part;
    const { providerMetadata: _, ...others } = part;
    return others as MessagePart;
  });
  return { ...message, parts };
}

/** LangChain stores a message by what it was made with. */
function setId(message: BaseMessage, id: string): void {
  message.id = id;
  message.lc_kwargs['id'] = id;
}
