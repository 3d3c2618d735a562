import type { HandoffTool } from '@agent-handoff/core/adapter';
import type { CallbackHandlerMethods } from '@langchain/core/callbacks/base';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { ToolRun } from '../model/to-langchain-tool.ts';
import { ambientConfig } from '../run/run-config.ts';

/** Where LangChain carries the run that tools are called in; two underscores keep it out of traces. */
const runKey = '__agent_handoff_run';

/** The run that a tool is called in, by the config of the call: any number of runs share the tool. */
export const runIn = (config: RunnableConfig | undefined): AgentRun | undefined =>
  config?.configurable?.[runKey] ?? ambientConfig()?.configurable?.[runKey];

/** Made once: an abort without a reason makes an error, with its stack. */
const turnOver = new Error('A tool has ended the turn.');

/** One run of a runnable: what its tools act for, what its models wrote, and when it is over. */
export class AgentRun implements ToolRun {
  readonly tools: readonly HandoffTool[];
  /** What a config takes along for the run to be found by its tools. */
  readonly configurable: Readonly<Record<string, unknown>> = { [runKey]: this };
  /** What the run's models wrote, in the order in which they were done. */
  readonly written: BaseMessage[] = [];
  /** The conversation at the first model call that a tool had made pointless; {@link signal} aborts then. */
  atTurnEnd: readonly BaseMessage[] | undefined;
  readonly #handoffId: string;
  readonly #modelRuns = new Set<string>();
  #stop: AbortController | undefined;
  #endedBy: string | undefined;

  constructor(handoffId: string, tools: readonly HandoffTool[]) {
    this.#handoffId = handoffId;
    this.tools = tools;
  }

  get signal(): AbortSignal {
    this.#stop ??= new AbortController();
    return this.#stop.signal;
  }

  get turnEnded(): boolean {
    return this.#endedBy !== undefined;
  }

  onTurnEnd(toolCallId: string): void {
    this.#endedBy ??= toolCallId;
  }

  /** Watches the run's model calls, for as long as a config has it. */
  watcher(): CallbackHandlerMethods & { readonly name: string } {
    return {
      name: 'agent-handoff',
      /** LangChain goes on without waiting for callbacks unless they say so. */
      awaitHandlers: true,
      // Being told of every step of a graph, only to pay no heed, costs more than being told of its models.
      ignoreChain: true,
      ignoreAgent: true,
      ignoreRetriever: true,
      ignoreCustomEvent: true,
      handleChatModelStart: (_model, [messages = []], runId, _parent, _params, _tags, metadata) => {
        // Work that was handed on counts for whoever it was handed to.
        if (metadata?.['handoff_id'] !== this.#handoffId) return;
        this.#modelRuns.add(runId);
        const isOver = messages.some(
          (each) => ToolMessage.isInstance(each) && each.tool_call_id === this.#endedBy,
        );
        if (!isOver) return;
        this.atTurnEnd = messages;
        this.#stop?.abort(turnOver);
      },
      handleLLMEnd: ({ generations }, runId) => {
        if (!this.#modelRuns.delete(runId)) return;
        const { message } = (generations[0]?.[0] ?? {}) as { readonly message?: BaseMessage };
        if (AIMessage.isInstance(message)) this.written.push(message);
      },
    } as CallbackHandlerMethods & { readonly name: string };
  }
}
