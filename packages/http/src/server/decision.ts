import {
  type ApprovalDecision,
  HandoffError,
  type Json,
  type JsonObject,
} from '@agent-handoff/core';

/** The fields of each decision. */
const fields: Readonly<Record<ApprovalDecision['type'], readonly string[]>> = {
  approve: [],
  deny: ['reason'],
  answer: ['confidence', 'data', 'findings', 'output'],
};

/**
 * The decision in the body of `POST /handoffs/:id/resume`. Who decides is not in it: that is the caller.
 *
 * @throws HandoffError `INVALID_CONTEXT`.
 */
export function parseDecision(body: Json): ApprovalDecision {
  if (!isObject(body)) throw invalid('The body is not an object', 'body');
  const { type, ...given } = body;
  if (type !== 'approve' && type !== 'deny' && type !== 'answer') {
    throw invalid(`type is ${JSON.stringify(type)}: give "approve", "deny" or "answer"`, 'type');
  }
  for (const name of Object.keys(given)) {
    if (fields[type].includes(name)) continue;
    throw invalid(
      `The decision ${JSON.stringify(type)} has no field ${JSON.stringify(name)}`,
      name,
    );
  }
  const { reason, output, findings, confidence } = given;
  if (reason !== undefined && typeof reason !== 'string') {
    throw invalid('reason is not a text', 'reason');
  }
  if (type === 'answer' && typeof output !== 'string') {
    throw invalid('output is not a text', 'output');
  }
  if (findings !== undefined && !isObject(findings)) {
    throw invalid('findings is not an object', 'findings');
  }
  if (confidence !== undefined && !isShare(confidence)) {
    throw invalid('confidence is not a number from 0 to 1', 'confidence');
  }
  return body as unknown as ApprovalDecision;
}

function isShare(value: Json): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problem: string, path: string): HandoffError {
  return new HandoffError('INVALID_CONTEXT', `${problem}.`, { details: { path } });
}
