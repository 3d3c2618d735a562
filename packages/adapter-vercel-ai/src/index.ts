export { fromModelMessages } from './messages/from-model-messages.ts';
export { toModelMessages } from './messages/to-model-messages.ts';
export type {
  AgentBinding,
  AiSdkAgent,
  AiSdkAgentSource,
  AiSdkCall,
} from './receive/ai-sdk-agent.ts';
export { type FromAiSdkOptions, fromAiSdk } from './receive/from-ai-sdk.ts';
