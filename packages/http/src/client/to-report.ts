import {
  type AgentReport,
  type ErrorCode,
  errorCodes,
  type HandoffContext,
  HandoffError,
  type JsonObject,
  type StandardSchema,
} from '@agent-handoff/core';
import type { RemoteResult } from './remote-event.ts';
import { returnedMessages } from './returned-messages.ts';

/** Whose result it is. */
export interface ReportingAgent {
  readonly id: string;
  readonly dataSchema: StandardSchema | undefined;
  readonly origin: 'verified' | 'unverified';
}

/**
 * What another process says came of a handoff, as an agent's report. Usage and custody come along.
 *
 * @throws HandoffError with the code over there, or `INVALID_OUTPUT` for what is no result.
 */
export async function toReport(
  { id, dataSchema, origin }: ReportingAgent,
  sent: HandoffContext,
  { result, custodyHead: head, handoffs }: RemoteResult,
): Promise<AgentReport> {
  const { taskId, handoffId, usage, status } = result;
  const custody = { handoffId, head, taskId };
  if (status === 'awaiting-approval') {
    return { status, output: String(result.error?.message ?? ''), usage };
  }
  if (status !== 'completed') {
    const { code, message, details, retryable } = result.error ?? {};
    if (typeof message !== 'string') throw invalid(id, 'it has neither an answer nor an error');
    const known = typeof code === 'string' && Object.hasOwn(errorCodes, code);
    throw new HandoffError(known ? (code as ErrorCode) : 'AGENT_FAILED', message, {
      // Text would be spread, letter by letter.
      details: { ...(isObject(details) ? details : {}), usage, custody },
      retryable: retryable === true,
    });
  }
  const { output, finalConfidence: confidence } = result;
  const messages = readMessages(id, result.messages ?? []);
  const findings = ownFindings(sent.findings, result.findings);
  const data = dataSchema === undefined ? undefined : await checkData(id, dataSchema, result.data);
  return {
    status,
    output,
    confidence,
    usage,
    messages,
    origin,
    // The first is the one that is counted here; no claim may use up more than was given along.
    handoffs: Math.min(handoffs, Math.max(1, sent.remaining.handoffs)) - 1,
    custody,
    ...(findings === undefined ? {} : { findings }),
    ...(data === undefined ? {} : { data }),
  };
}

function readMessages(id: string, messages: unknown): ReturnType<typeof returnedMessages> {
  try {
    return returnedMessages(id, messages);
  } catch (thrown) {
    throw invalid(id, (thrown as Error).message);
  }
}

/** What was found over there: the findings that came back and were not sent, under the agent's id. */
function ownFindings(sent: JsonObject, returned: JsonObject): JsonObject | undefined {
  for (const [key, value] of Object.entries(returned ?? {})) {
    if (Object.hasOwn(sent, key)) continue;
    if (isObject(value)) return value as JsonObject;
  }
  return undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function checkData(id: string, schema: StandardSchema, data: unknown): Promise<unknown> {
  const validated = await schema['~standard'].validate(data);
  if (validated.issues === undefined) return validated.value;
  const problems = validated.issues.map(({ message }) => message);
  throw invalid(id, `its data doesn't satisfy the dataSchema: ${problems.join('; ')}`);
}

function invalid(agentId: string, problem: string): HandoffError {
  return new HandoffError(
    'INVALID_OUTPUT',
    `The result of "${agentId}" can't be used: ${problem}.`,
    {
      details: { agentId },
    },
  );
}
