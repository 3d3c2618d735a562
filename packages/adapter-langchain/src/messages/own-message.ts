import type { Message } from '@agent-handoff/core/adapter';
import type { BaseMessage } from '@langchain/core/messages';

/** The name under which a LangChain message keeps what it can't express. No provider is sent it. */
const ownKey = 'agent-handoff';

/** A message of ours beside its LangChain form. */
export interface OwnMessage {
  readonly message: Message;
  /** True where it is one message with the one before it: LangChain has a message for each tool result. */
  readonly joined?: boolean;
}

/** Keeps our message beside its LangChain form, where that form alone would not give it back. */
export function keepOwn(converted: BaseMessage, own: OwnMessage): void {
  converted.additional_kwargs = { ...converted.additional_kwargs, [ownKey]: own };
}

/** What {@link keepOwn} kept. */
export function ownOf({ additional_kwargs }: BaseMessage): OwnMessage | undefined {
  return additional_kwargs?.[ownKey] as OwnMessage | undefined;
}
