export { type DelegateToolOptions, delegateTool } from './handoff/delegate-tool.ts';
export { HandoffDelta } from './handoff/handoff-delta.ts';
export {
  type HandoffCallOptions,
  HandoffRunnable,
  type HandoffRunnableOptions,
  type HandoffRunnableOutput,
} from './handoff/handoff-runnable.ts';
export type { HandoffDefaults, HandoffRunnableInput } from './handoff/handoff-runnable-input.ts';
export type { HandoffToolOptions } from './handoff/handoff-tool.ts';
export { fromLangChainMessages } from './messages/from-langchain-messages.ts';
export { toLangChainMessages } from './messages/to-langchain-messages.ts';
export {
  type ChatModel,
  type LangChainModelOptions,
  langchainModel,
} from './model/langchain-model.ts';
export { type FromLangChainOptions, fromLangChain } from './receive/from-langchain.ts';
export type { MakeRunnable } from './receive/runnable-for.ts';
export type { RunnableLike } from './receive/runnable-input.ts';
