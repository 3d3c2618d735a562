/** What an adapter needs: the contracts, messages and the error, and nothing that runs a manager. */
export type {
  AgentReport,
  RemoteCustody,
  ReportStatus,
  TransferRequest,
} from './agent/agent-report.ts';
export type { Approval, EndingDecision } from './agent/approval-decision.ts';
/** The names of the options by which any agent declares itself. */
export { declaredOptions, type NoOthers } from './agent/create-handoff-agent.ts';
export type { HandoffAgent, ReceiveOptions } from './agent/handoff-agent.ts';
export type { HandoffModel, ModelAnswer, ModelRequest } from './agent/handoff-model.ts';
export type { HandoffTool, HandoffToolResult } from './agent/handoff-tool.ts';
export { toJsonSchema } from './agent/json-schema.ts';
export { addUsage, noUsage, type Usage } from './agent/usage.ts';
export type { Json, JsonObject } from './context/json.ts';
export {
  type BlobPart,
  type FilePart,
  type Message,
  type MessagePart,
  type MessageRole,
  message,
  messageText,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolCallResponsePart,
  type UriPart,
} from './context/message.ts';
/** Replaces well-known shapes of credentials in a text. */
export { hideTokens } from './context/secret-token.ts';
/** Refuses an option, or a field of an input, that nothing reads. */
export { checkFields, checkOptions } from './errors/check-options.ts';
export type { ErrorCode } from './errors/error-code.ts';
export { HandoffError, type HandoffErrorJson } from './errors/handoff-error.ts';
export type { AgentEvent } from './events/handoff-event.ts';
export { keyedHandoffId } from './line/derived-id.ts';
export {
  type HandoffToolSpec,
  handoffToolSpec,
  handoffToolSpecs,
  type Verb,
} from './line/handoff-tool-spec.ts';
/** The fields of a handoff's input. */
export { handoffFields } from './manager/handoff-input.ts';
