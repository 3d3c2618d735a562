import type { HandoffAgent, HandoffManager } from '@agent-handoff/core';
import type { ModelMessage, StepResult, ToolSet } from 'ai';
import type { ApprovalOptions } from '../tools/approval.ts';
import type { AiSdkAgentDefinition } from './ai-sdk-agent-definition.ts';

type StopCondition = (state: {
  readonly steps: StepResult<ToolSet>[];
}) => boolean | PromiseLike<boolean>;

/** What `streamHandoffs` takes beside the settings of the AI SDK's `streamText`. */
export interface StreamHandoffsOptions<Agent extends HandoffAgent = HandoffAgent>
  extends ApprovalOptions {
  readonly manager: HandoffManager<Agent>;
  /** The agents that may have the conversation; all of them are the manager's too. */
  readonly agents: readonly AiSdkAgentDefinition[];
  /** Who has it where the messages name nobody; default the first of `agents`. */
  readonly entry?: Agent['id'];
  /** The conversation so far; the newest accepted transfer in it says who has it now. */
  readonly messages: ModelMessage[];
  /** Tools of the application, offered to every agent beside its own. */
  readonly tools?: ToolSet;
  /** When the response ends, beside `maxSteps`. */
  readonly stopWhen?: StopCondition | readonly StopCondition[];
  /** The most steps of the response, over all agents; default 20. */
  readonly maxSteps?: number;
  readonly abortSignal?: AbortSignal;
}
