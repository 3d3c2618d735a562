import type { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { LLMResult } from '@langchain/core/outputs';

type Handler<Name extends keyof BaseCallbackHandler> = NonNullable<BaseCallbackHandler[Name]>;

/** Watches the model calls of one run: what they wrote, and the first that a tool has made pointless. */
export class RunListener {
  readonly name = 'agent-handoff';
  /** LangChain goes on without waiting for callbacks unless they say so. */
  readonly awaitHandlers = true;
  // Being told of every step of a graph, only to pay no heed, costs more than being told of its models.
  readonly ignoreChain = true;
  readonly ignoreAgent = true;
  readonly ignoreRetriever = true;
  readonly ignoreCustomEvent = true;
  /** What the run's models wrote, in the order in which they were done. */
  readonly written: BaseMessage[] = [];
  readonly #handoffId: string;
  readonly #runs = new Set<string>();
  readonly #onTurnOver: (messages: readonly BaseMessage[]) => void;
  #endedBy: string | undefined;

  constructor(handoffId: string, onTurnOver: (messages: readonly BaseMessage[]) => void) {
    this.#handoffId = handoffId;
    this.#onTurnOver = onTurnOver;
  }

  /** The result of this call ended the turn of the model that made it. */
  endTurn(toolCallId: string): void {
    this.#endedBy ??= toolCallId;
  }

  /** True after {@link endTurn}. */
  get turnEnded(): boolean {
    return this.#endedBy !== undefined;
  }

  // Arrow functions, because LangChain copies the handlers' own properties only.
  readonly handleChatModelStart: Handler<'handleChatModelStart'> = (
    _model,
    [messages = []],
    runId,
    _parentRunId,
    _extraParams,
    _tags,
    metadata,
  ): void => {
    // Work that was handed on counts for whoever it was handed to.
    if (metadata?.['handoff_id'] !== this.#handoffId) return;
    this.#runs.add(runId);
    const isOver = messages.some(
      (each) => ToolMessage.isInstance(each) && each.tool_call_id === this.#endedBy,
    );
    if (isOver) this.#onTurnOver(messages);
  };

  readonly handleLLMEnd: Handler<'handleLLMEnd'> = ({ generations }: LLMResult, runId): void => {
    if (!this.#runs.delete(runId)) return;
    const { message } = (generations[0]?.[0] ?? {}) as { readonly message?: BaseMessage };
    if (AIMessage.isInstance(message)) this.written.push(message);
  };
}
