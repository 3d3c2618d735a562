import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';

/**
 * A chat model of LangChain that answers at once: a text, or a call of this tool until a tool has answered.
 * Like a provider's client it asks nothing once its signal has aborted.
 */
export class InstantChatModel extends BaseChatModel {
  readonly #text: string;
  readonly #toolName: string | undefined;

  constructor(text: string, toolName?: string) {
    super({});
    this.#text = text;
    this.#toolName = toolName;
  }

  override _llmType(): string {
    return 'instant';
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(
    messages: BaseMessage[],
    { signal }: this['ParsedCallOptions'],
  ): Promise<ChatResult> {
    signal?.throwIfAborted();
    const message =
      this.#toolName === undefined || messages.at(-1)?.type === 'tool'
        ? new AIMessage(this.#text)
        : new AIMessage({
            content: '',
            tool_calls: [{ id: 'call_1', name: this.#toolName, args: { task: 'Go on' } }],
          });
    return { generations: [{ text: message.text, message }] };
  }
}
