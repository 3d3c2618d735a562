import {
  type HandoffReason,
  type HandoffResult,
  handoffReasons,
  type Json,
} from '@agent-handoff/core';
import { z } from 'zod/v4';

const statuses = [
  'accepted',
  'working',
  'completed',
  'failed',
  'rejected',
  'cancelled',
  'awaiting-approval',
] as const;

/** How far a handoff has come, as plain JSON: the output of handoff tools, and what users are shown. */
export interface HandoffUpdate {
  /** `accepted`: the conversation goes to the target. `working`: it has not answered yet. */
  readonly status: (typeof statuses)[number];
  readonly sourceAgentId: string;
  readonly targetAgentId: string;
  readonly reason: HandoffReason;
  /** The answer; while the target works, the end of what it has written. */
  readonly text: string;
  readonly taskId?: string;
  readonly handoffId?: string;
  /** The structured answer, where the target gives one. */
  readonly data?: Json;
  /** Why there is no answer. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What an update satisfies; what a later release adds to one passes through. */
export const handoffUpdateSchema = z.looseObject({
  status: z.enum(statuses),
  sourceAgentId: z.string(),
  targetAgentId: z.string(),
  reason: z.enum(handoffReasons),
  text: z.string(),
  taskId: z.string().optional(),
  handoffId: z.string().optional(),
  data: z.json().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
}) as unknown as z.ZodType<HandoffUpdate>;

/** Whether a tool's output is one of ours, whichever copy of this package and process it is from. */
export function isHandoffUpdate(output: unknown): output is HandoffUpdate {
  return handoffUpdateSchema.safeParse(output).success;
}

/** What came of a handoff. */
export function toHandoffUpdate(result: HandoffResult, reason: HandoffReason): HandoffUpdate {
  const { status, sourceAgentId, targetAgentId, taskId, handoffId } = result;
  const common = { status, sourceAgentId, targetAgentId, reason, taskId, handoffId };
  if (result.status === 'completed') {
    const { output, data } = result;
    return { ...common, text: output, ...(data === undefined ? {} : { data: data as Json }) };
  }
  const { code, message } = result.error;
  return { ...common, text: '', error: { code, message } };
}

/** What the model is told of it: the final text, or why there is none. */
export function toModelOutput({ status, targetAgentId, text, error }: HandoffUpdate): {
  type: 'text' | 'error-text';
  value: string;
} {
  switch (status) {
    case 'completed':
      return { type: 'text', value: text };
    case 'accepted':
      return { type: 'text', value: `The conversation was transferred to ${targetAgentId}.` };
    case 'working':
      // The last that was seen of a handoff whose stream broke off.
      return { type: 'error-text', value: `${targetAgentId} was stopped before it answered.` };
    default:
      return { type: 'error-text', value: error?.message ?? `${targetAgentId} gave no answer.` };
  }
}
