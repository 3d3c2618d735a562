export { type CountingIdsOptions, countingIds } from './runtime/counting-ids.ts';
export { type ManualClock, type ManualClockOptions, manualClock } from './runtime/manual-clock.ts';
export { seededIds } from './runtime/seeded-ids.ts';
export { never, untilAborted } from './scripted/hanging.ts';
export type {
  FixedModelStep,
  ModelStep,
  ScriptedToolCall,
  ToolCallTurn,
} from './scripted/model-step.ts';
export { type RecordedRequest, requestText } from './scripted/recorded-request.ts';
export {
  type AgentReply,
  type FixedAgentReply,
  type ReceivedHandoff,
  type ScriptedAgent,
  type ScriptedAgentOptions,
  scriptedAgent,
} from './scripted/scripted-agent.ts';
export {
  type ScriptedModel,
  type ScriptedModelOptions,
  scriptedModel,
} from './scripted/scripted-model.ts';
export { scriptedTokens, scriptedUsage } from './scripted/scripted-usage.ts';
export {
  type CheckTranscriptOptions,
  checkTranscript,
  expectValidTranscript,
} from './transcript/check-transcript.ts';
export type {
  TranscriptProblem,
  TranscriptProblemKind,
  TranscriptProvider,
} from './transcript/transcript-problem.ts';
export { checkAnthropicRequest } from './wire/check-anthropic-request.ts';
export { checkGeminiRequest } from './wire/check-gemini-request.ts';
export { checkOpenAiChatRequest } from './wire/check-openai-chat-request.ts';
export { checkOpenAiResponsesRequest } from './wire/check-openai-responses-request.ts';
export type { RequestProblem } from './wire/request-problem.ts';
