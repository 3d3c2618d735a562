export { aiSdkModel } from './model/ai-sdk-model.ts';
export type { AiSdkModelOptions, ModelCall } from './model/ai-sdk-model-options.ts';
