export { fromModelMessages } from './messages/from-model-messages.ts';
export { fromUIMessages } from './messages/from-ui-messages.ts';
export { repairModelMessages } from './messages/repair-model-messages.ts';
export { toModelMessages } from './messages/to-model-messages.ts';
export type {
  AgentBinding,
  AiSdkAgent,
  AiSdkAgentSource,
  AiSdkCall,
} from './receive/ai-sdk-agent.ts';
export { type FromAiSdkOptions, fromAiSdk } from './receive/from-ai-sdk.ts';
export type { AiSdkAgentDefinition, AiSdkAgentSettings } from './swap/ai-sdk-agent-definition.ts';
export { streamHandoffs } from './swap/stream-handoffs.ts';
export type { StreamHandoffsOptions } from './swap/stream-handoffs-options.ts';
export { acceptedTransfer, type StepLike } from './tools/accepted-transfer.ts';
export type { Pace } from './tools/at-most-every.ts';
export { continueTransfer, type Response } from './tools/continue-transfer.ts';
export { type DelegateToolOptions, delegateTool } from './tools/delegate-tool.ts';
export type { HandoffToolInput, HandoffToolOptions } from './tools/handoff-tool.ts';
export { type HandoffUpdate, handoffUpdateSchema } from './tools/handoff-update.ts';
export type { PreviewOptions } from './tools/preview-text.ts';
export { type TransferToolOptions, transferTool } from './tools/transfer-tool.ts';
export { type HandoffUIMessage, handoffDataSchemas } from './ui/handoff-data.ts';
export { handoffParts } from './ui/handoff-parts.ts';
export { toHandoffUIStream } from './ui/to-handoff-ui-stream.ts';
