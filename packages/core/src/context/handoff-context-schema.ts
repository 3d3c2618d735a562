import * as z from 'zod';
import { isAgentId, isSourceId } from './agent-id.ts';
import type { HandoffContext } from './handoff-context.ts';
import { handoffReasons } from './handoff-reason.ts';
import { isIdentifier } from './identifier.ts';
import { jsonObjectSchema, jsonSchema } from './json-schema.ts';
import { messageSchema } from './message-schema.ts';
import { isTimestamp } from './timestamp.ts';
import { isTraceparent } from './traceparent.ts';

const text = z.string().refine((value) => value.isWellFormed(), 'contains half a surrogate pair');
const agentId = z.string().refine(isAgentId, 'must be the id of an agent');
const sourceId = z.string().refine(isSourceId, 'must be the id of an agent, or user');
const identifier = z.string().refine(isIdentifier, 'must be an id');
const timestamp = z.string().refine(isTimestamp, 'must be a time in UTC (RFC 3339)');
const count = z.int().nonnegative();

/**
 * {@link HandoffContext} as a zod schema. Unknown keys are refused: version 1 has none. To read input
 * from outside use `parseHandoffContext`, which throws a `HandoffError`.
 */
export const handoffContextSchema: z.ZodType<HandoffContext> = z.strictObject({
  confidence: z.number().min(0).max(1),
  conversationSummary: text.exactOptional(),
  createdAt: timestamp,
  deadlineAt: timestamp.exactOptional(),
  findings: jsonObjectSchema,
  handoffChain: z.array(agentId),
  handoffId: identifier,
  instructions: text.exactOptional(),
  keyMessages: z.array(messageSchema),
  metadata: jsonObjectSchema,
  originalTask: text.refine((value) => value.trim() !== '', 'must say what is to be done'),
  parentIds: z.array(identifier),
  payload: jsonSchema.exactOptional(),
  progressSummary: text.exactOptional(),
  reason: z.enum(handoffReasons),
  remaining: z.strictObject({
    costUsd: z.number().nonnegative().exactOptional(),
    handoffs: count,
    tokens: count,
  }),
  scope: z.array(text.min(1)),
  sourceAgentId: sourceId,
  stateSnapshot: jsonObjectSchema,
  targetAgentId: agentId,
  taskId: identifier,
  traceparent: z.string().refine(isTraceparent, 'must be a W3C traceparent').exactOptional(),
  version: z.literal(1),
});
