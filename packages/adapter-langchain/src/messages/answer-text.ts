import type { BaseMessage } from '@langchain/core/messages';

/** What a message says: its text, or why its model refused to answer. */
export const answerText = (message: BaseMessage | undefined): string =>
  message === undefined ? '' : message.text || refusalOf(message);

/** The words in which a model of OpenAI's refused to answer, which are no text of the message. */
export function refusalOf({ additional_kwargs }: BaseMessage): string {
  const { refusal } = additional_kwargs ?? {};
  return typeof refusal === 'string' ? refusal : '';
}
