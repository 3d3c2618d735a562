import type { HandoffAgent } from '@agent-handoff/core';
import type { LanguageModel, ToolSet } from 'ai';

/** What one agent brings into a response that several share. */
export interface AiSdkAgentSettings {
  readonly model: LanguageModel;
  readonly instructions?: string;
  readonly tools?: ToolSet;
}

/** A `HandoffAgent` whose settings are known: made by `defineAiSdkAgent`. */
export interface AiSdkAgentDefinition<Id extends string = string, Payload = unknown, Data = unknown>
  extends HandoffAgent<Id, Payload, Data> {
  readonly settings: AiSdkAgentSettings;
}
