import type { ModelMessage, ToolSet } from 'ai';

/** What an agent of the AI SDK is called with here. */
export interface AiSdkCall {
  readonly messages: ModelMessage[];
  readonly abortSignal?: AbortSignal;
}

/**
 * An agent of the AI SDK, as far as it is needed: a `ToolLoopAgent`, or any other `Agent` of version 6
 * or 7 that takes no call options.
 */
export interface AiSdkAgent {
  readonly tools?: ToolSet;
  readonly generate: (call: AiSdkCall) => PromiseLike<unknown>;
  readonly stream: (call: AiSdkCall) => PromiseLike<unknown>;
}

/** What the function that makes an agent is given. */
export interface AgentBinding {
  /** The handoff tools of this run, to be put among the agent's own. */
  readonly tools: ToolSet;
}

/** An agent, or how one is made for a run. */
export type AiSdkAgentSource = AiSdkAgent | ((binding: AgentBinding) => AiSdkAgent);
