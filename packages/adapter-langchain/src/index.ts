export { type DelegateToolOptions, delegateTool } from './handoff/delegate-tool.ts';
export { HandoffDelta } from './handoff/handoff-delta.ts';
export {
  type HandoffCallOptions,
  type HandoffDefaults,
  HandoffRunnable,
  type HandoffRunnableInput,
  type HandoffRunnableOutput,
} from './handoff/handoff-runnable.ts';
export { fromLangChainMessages } from './messages/from-langchain-messages.ts';
export { toLangChainMessages } from './messages/to-langchain-messages.ts';
export type { ToolHistory } from './messages/tool-history.ts';
export {
  type ChatModel,
  type LangChainModelOptions,
  langchainModel,
} from './model/langchain-model.ts';
export type { ToolLoopOptions } from './model/run-tool-loop.ts';
export { type FromLangChainOptions, fromLangChain } from './receive/from-langchain.ts';
export type { RunnableLike } from './receive/runnable-input.ts';
export type { MakeRunnable } from './receive/runnable-model.ts';
export type { Trace } from './run/to-trace.ts';
