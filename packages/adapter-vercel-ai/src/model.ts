export { aiSdkModel } from './model/ai-sdk-model.ts';
export type { AiSdkModelOptions, ModelCall } from './model/ai-sdk-model-options.ts';
export { type DefineAiSdkAgentOptions, defineAiSdkAgent } from './model/define-ai-sdk-agent.ts';
