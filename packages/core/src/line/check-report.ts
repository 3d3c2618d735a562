import type { AgentReport } from '../agent/agent-report.ts';
import { addUsage, noUsage, type Usage } from '../agent/usage.ts';
import { origins } from '../context/origin.ts';
import { HandoffError } from '../errors/handoff-error.ts';

/**
 * The shape of what an agent answered; its content is checked when it is copied.
 *
 * @throws HandoffError `INVALID_OUTPUT`: agents may be written in plain JavaScript, or answer over a wire.
 */
export function checkReport(agentId: string, report: unknown): asserts report is AgentReport {
  if (typeof report !== 'object' || report === null) {
    throw invalid(agentId, 'report', 'is not an object');
  }
  const { status, output, findings, messages, usage, custody, origin, handoffs, transfer } =
    report as Record<string, unknown>;
  if (status !== 'completed' && status !== 'incomplete' && status !== 'awaiting-approval') {
    throw invalid(agentId, 'status', 'is not completed, incomplete or awaiting-approval');
  }
  if (typeof output !== 'string') throw invalid(agentId, 'output', 'is not a string');
  if (findings !== undefined && !isObject(findings)) {
    throw invalid(agentId, 'findings', 'is not an object of keys and values');
  }
  if (messages !== undefined && !(Array.isArray(messages) && messages.every(isMessage))) {
    throw invalid(agentId, 'messages', 'is not a list of messages');
  }
  const fault = usage === undefined ? undefined : usageFault(usage);
  if (fault) throw invalid(agentId, ...fault);
  if (origin !== undefined && !(origins as readonly unknown[]).includes(origin)) {
    throw invalid(agentId, 'origin', `is not ${origins.join(', ')}`);
  }
  if (handoffs !== undefined && !(Number.isSafeInteger(handoffs) && (handoffs as number) >= 0)) {
    throw invalid(agentId, 'handoffs', 'is not a whole number from 0');
  }
  if (transfer !== undefined && !isTransfer(transfer)) {
    throw invalid(agentId, 'transfer', 'is not target, reason and toolCallId, and text besides');
  }
  if (custody !== undefined && !isCustody(custody)) {
    throw invalid(agentId, 'custody', 'is not handoffId, head and taskId');
  }
}

function isTransfer(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { target, reason, toolCallId, task = '', instructions = '' } = value;
  const members = [target, reason, toolCallId, task, instructions];
  return members.every((text) => typeof text === 'string');
}

function isCustody(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { handoffId, head, taskId, ...more } = value;
  const texts = [handoffId, head, taskId].every((text) => typeof text === 'string');
  return texts && Object.keys(more).length === 0;
}

/** What a usage that somebody reported counts as; nothing where it is none. */
export function usageIn(reported: unknown): Usage {
  return usageFault(reported) === undefined ? addUsage(noUsage, reported as Usage) : noUsage;
}

/** Where a usage is none, and why. */
function usageFault(usage: unknown): readonly [path: string, problem: string] | undefined {
  if (!isObject(usage)) return ['usage', 'is not an object'];
  for (const name of ['inputTokens', 'outputTokens', 'totalTokens']) {
    const count = usage[name];
    if (!Number.isSafeInteger(count) || (count as number) < 0) {
      return [`usage.${name}`, 'is not a whole number from 0'];
    }
  }
  const { costUsd } = usage;
  if (costUsd !== undefined && !isCost(costUsd)) {
    return ['usage.costUsd', 'is not a number from 0 to 2^53 - 1'];
  }
  return undefined;
}

/** Whether a number can be recorded as money. */
export function isCost(costUsd: unknown): costUsd is number {
  return typeof costUsd === 'number' && costUsd >= 0 && costUsd <= Number.MAX_SAFE_INTEGER;
}

const roles: readonly unknown[] = ['system', 'user', 'assistant', 'tool'];

/** The members of each type of part that are text. */
const texts: Readonly<Record<string, readonly string[]>> = {
  blob: ['content', 'modality'],
  file: ['fileId', 'modality'],
  reasoning: ['content'],
  text: ['content'],
  tool_call: ['id', 'name'],
  tool_call_response: ['id'],
  uri: ['modality', 'uri'],
};

function isMessage(value: unknown): boolean {
  if (!isObject(value) || !roles.includes(value['role'])) return false;
  const { parts } = value;
  return Array.isArray(parts) && parts.every(isPart);
}

function isPart(value: unknown): boolean {
  if (!isObject(value)) return false;
  const type = String(value['type']);
  if (!Object.hasOwn(texts, type)) return false;
  return (texts[type] as readonly string[]).every((key) => typeof value[key] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(agentId: string, path: string, problem: string): HandoffError {
  return new HandoffError(
    'INVALID_OUTPUT',
    `The report of agent "${agentId}" can't be used: its ${path} ${problem}.`,
    { details: { agentId, path } },
  );
}
