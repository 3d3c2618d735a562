export { slugAgentName } from './agent/agent-id.ts';
export type {
  AgentReport,
  RemoteCustody,
  ReportStatus,
  TransferRequest,
} from './agent/agent-report.ts';
export type { Approval, ApprovalDecision, EndingDecision } from './agent/approval-decision.ts';
export { createHandoffAgent, type HandoffAgentOptions } from './agent/create-handoff-agent.ts';
export { createPersonAgent, type PersonAgentOptions } from './agent/create-person-agent.ts';
export { createTool, type ToolOptions } from './agent/create-tool.ts';
export type { HandoffAgent, ReceiveOptions } from './agent/handoff-agent.ts';
export type { HandoffModel, ModelAnswer, ModelRequest } from './agent/handoff-model.ts';
export type { HandoffTool, HandoffToolCall, HandoffToolResult } from './agent/handoff-tool.ts';
export type {
  SchemaInput,
  SchemaOutput,
  StandardIssue,
  StandardResult,
  StandardSchema,
} from './agent/standard-schema.ts';
export {
  type SummarizeWithModelOptions,
  summarizeWithModel,
  type WriteSummary,
  type WrittenSummary,
} from './agent/summarize-with-model.ts';
export { addUsage, noUsage, type Usage } from './agent/usage.ts';
export { type AgentState, createAgentState, withMessage } from './context/agent-state.ts';
export { applyFilters } from './context/apply-filters.ts';
export {
  type ContextFilter,
  composeFilters,
  type FilterRequest,
  type HandedOn,
} from './context/context-filter.ts';
export {
  type ContextEnvironment,
  type CreateHandoffContextOptions,
  createHandoffContext,
} from './context/create-handoff-context.ts';
export { estimateConfidence } from './context/estimate-confidence.ts';
export { type FoldToolCallsOptions, foldToolCalls } from './context/fold-tool-calls.ts';
export type { HandoffContext, Remaining } from './context/handoff-context.ts';
export { handoffContextSchema } from './context/handoff-context-schema.ts';
export { describeReason, type HandoffReason, handoffReasons } from './context/handoff-reason.ts';
export type { Json, JsonObject } from './context/json.ts';
export { lastMessages } from './context/last-messages.ts';
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
export { messageSchema } from './context/message-schema.ts';
export { type Origin, origins } from './context/origin.ts';
export { parseHandoffContext } from './context/parse-handoff-context.ts';
export { type FindingChoice, onlyFindings, pickFindings } from './context/pick-findings.ts';
export type { Redactor } from './context/plain-json.ts';
export { approximateTokens, type CountTokens } from './context/prompt-budget.ts';
export { createRedactor, type RedactOption } from './context/redact.ts';
export { type RemoveToolCallsOptions, removeToolCalls } from './context/remove-tool-calls.ts';
export { repairTranscript } from './context/repair-transcript.ts';
export { selectKeyMessages } from './context/select-key-messages.ts';
export {
  type Summarize,
  type SummarizeOptions,
  summarizeConversation,
} from './context/summarize-conversation.ts';
export { type ToPromptOptions, toPrompt } from './context/to-prompt.ts';
export { type WithinTokensOptions, withinTokens } from './context/within-tokens.ts';
export {
  type ErrorCode,
  type ErrorCodeOf,
  type ErrorOutcome,
  errorCodes,
} from './errors/error-code.ts';
export { HandoffError, type HandoffErrorJson } from './errors/handoff-error.ts';
export { type EventChannel, localEventChannel } from './events/event-channel.ts';
export type {
  AgentEvent,
  HandoffEvent,
  LiveEvent,
  OutputDeltaEvent,
  RecordedEvent,
  TaskFinishedEvent,
  ToolCalledEvent,
} from './events/handoff-event.ts';
export { eventChannelName } from './events/publish-event.ts';
export type { HandoffEntry } from './line/handoff-entry.ts';
export {
  type CompletedHandoff,
  type HandoffResult,
  type UnfinishedHandoff,
  unwrap,
} from './line/handoff-result.ts';
export type { Aggregate, EstimateConfidence, Price } from './line/line.ts';
export type { AgentMap } from './manager/agent-map.ts';
export { createHandoffManager } from './manager/create-handoff-manager.ts';
export type {
  DataOf,
  ExecuteOptions,
  HandoffInput,
  HandoffTarget,
  ParentHandoffId,
  PayloadOf,
  RequestOptions,
  RunOptions,
} from './manager/handoff-input.ts';
export type {
  HandoffManager,
  HistoryQuery,
  ReplayOptions,
  SubmittedHandoff,
  WholeContext,
} from './manager/handoff-manager.ts';
export type { HandoffStream } from './manager/handoff-stream.ts';
export type { InterruptedQuery } from './manager/interrupted-work.ts';
export type { HandoffManagerOptions } from './manager/manager-options.ts';
export type {
  ChainInput,
  EscalateInput,
  FailoverInput,
  ParallelInput,
} from './manager/pattern-input.ts';
export type { PreflightAnswer } from './manager/preflight-handoff.ts';
export type { ResumeOptions } from './manager/resume-handoff.ts';
export type { ReturnInput } from './manager/return-input.ts';
export type { RunInput } from './manager/run-input.ts';
export type { Thread } from './manager/thread.ts';
export { toMermaid } from './manager/to-mermaid.ts';
export type { Join } from './patterns/join.ts';
export type { PatternResult } from './patterns/pattern-result.ts';
export type { RunResult } from './patterns/route-run.ts';
export type { Amounts, Ledger } from './policy/ledger.ts';
export { defaultLimits, type Limits } from './policy/limits.ts';
export type { Policy, PolicyAnswer, PolicyRequest } from './policy/policy.ts';
export {
  type HandoffRecord,
  type RecordType,
  recordTypes,
} from './record/handoff-record.ts';
export type { HandoffStatus, HandoffStore } from './record/handoff-store.ts';
export { type MemoryStoreOptions, memoryStore } from './record/memory-store.ts';
export {
  type CustodyProblem,
  type CustodyProblemKind,
  type CustodyReport,
  type VerifyCustodyOptions,
  verifyCustody,
} from './record/verify-custody.ts';
export { type Clock, systemClock } from './runtime/clock.ts';
export { type IdKind, type IdSource, randomIds } from './runtime/id-source.ts';
