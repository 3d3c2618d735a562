import {
  AbstractChat,
  type ChatState,
  convertToModelMessages,
  createUIMessageStreamResponse,
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type ModelMessage,
  type UIMessageChunk,
} from 'ai';
import { type HandoffUIMessage, handoffDataSchemas } from '../../src/index.ts';

/** What `useChat` keeps in React, without React. */
class PlainState implements ChatState<HandoffUIMessage> {
  status: ChatState<HandoffUIMessage>['status'] = 'ready';
  error: Error | undefined;
  messages: HandoffUIMessage[] = [];
  pushMessage = (message: HandoffUIMessage): void => {
    this.messages = [...this.messages, message];
  };
  popMessage = (): void => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index: number, message: HandoffUIMessage): void => {
    this.messages = this.messages.with(index, message);
  };
  snapshot = <Thing>(thing: Thing): Thing => structuredClone(thing);
}

type Respond = (
  messages: ModelMessage[],
  originalMessages: HandoffUIMessage[],
) => ReadableStream<UIMessageChunk>;

/** The chat of `useChat`, which talks to `respond` as to a server: UI messages in, a stream of parts out. */
export class Chat extends AbstractChat<HandoffUIMessage> {
  constructor(respond: Respond) {
    super({
      state: new PlainState(),
      dataPartSchemas: handoffDataSchemas,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
      transport: new DefaultChatTransport({
        fetch: async (_url, init) => {
          const { messages } = JSON.parse(String(init?.body)) as { messages: HandoffUIMessage[] };
          const stream = respond(await convertToModelMessages(messages), messages);
          return createUIMessageStreamResponse({ stream });
        },
      }),
    });
  }

  /** Sends a line and waits for the response. */
  async say(text: string): Promise<HandoffUIMessage> {
    await this.sendMessage({ text });
    return this.shown();
  }

  /** Answers the request for an approval, and waits for the response to that. */
  async decide(approved: boolean): Promise<HandoffUIMessage> {
    const asked = this.shown().parts.flatMap((part) =>
      'state' in part && part.state === 'approval-requested' ? [part.approval.id] : [],
    );
    if (asked.length !== 1) throw new Error(`asked for ${asked.length} approvals`);
    await this.addToolApprovalResponse({ id: asked[0] as string, approved });
    for (let i = 0; i < 1000 && this.status !== 'submitted' && this.status !== 'streaming'; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (this.status === 'submitted' || this.status === 'streaming') {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.shown();
  }

  /** The newest message. */
  shown(): HandoffUIMessage {
    if (this.error) throw this.error;
    return this.messages.at(-1) as HandoffUIMessage;
  }

  /** The text of the newest message. */
  get text(): string {
    return this.shown()
      .parts.map((part) => (part.type === 'text' ? part.text : ''))
      .join('');
  }
}
