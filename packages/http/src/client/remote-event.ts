import type { AgentEvent, HandoffResult } from '@agent-handoff/core';
import { maxJsonDepth, parseJson } from '../wire/parse-json.ts';
import { idPattern, unreadable } from './handoff-location.ts';

/** What the other side says came of a handoff. */
export interface RemoteResult {
  readonly result: HandoffResult;
  readonly custodyHead: string;
  /** Handoffs that its task took there. */
  readonly handoffs: number;
}

/** How deep an event's JSON goes around a context. */
const eventDepth = maxJsonDepth + 4;

/**
 * Passes on what is said in an event of the other side; the result, where it is the last.
 *
 * @throws HandoffError `AGENT_FAILED` for what is no event.
 */
export function takeEvent(
  agentId: string,
  handoffId: string,
  data: string,
  onEvent: ((event: AgentEvent) => void) | undefined,
): RemoteResult | undefined {
  let event: Record<string, unknown>;
  try {
    event = parseJson(data, eventDepth) as Record<string, unknown>;
  } catch (thrown) {
    throw unreadable(agentId, (thrown as Error).message);
  }
  // Work that the other side hands on is told there too; it is not this agent's answer.
  if (event?.['handoffId'] !== handoffId) return undefined;
  const { type, delta, toolCallId, toolName, result, custodyHead, used } = event;
  if (type === 'output-delta' && typeof delta === 'string') onEvent?.({ type, delta });
  if (type === 'tool-called' && typeof toolCallId === 'string' && typeof toolName === 'string') {
    onEvent?.({ type, toolCallId, toolName });
  }
  if (type !== 'result') return undefined;
  if (!isResultOf(handoffId, result)) throw unreadable(agentId, 'its result is none of this work');
  if (typeof custodyHead !== 'string' || !digestPattern.test(custodyHead)) {
    throw unreadable(agentId, 'it has no custody');
  }
  return { result, custodyHead, handoffs: handoffsIn(used) };
}

/** What it says besides is looked at where it is used. */
function isResultOf(handoffId: string, result: unknown): result is HandoffResult {
  if (typeof result !== 'object' || result === null) return false;
  const { handoffId: named, taskId } = result as Record<string, unknown>;
  return named === handoffId && typeof taskId === 'string' && idPattern.test(taskId);
}

const digestPattern = /^[0-9a-f]{64}$/;

/** A side that says nothing of it took the one that it was given. */
function handoffsIn(used: unknown): number {
  const { handoffs } = (used ?? {}) as { readonly handoffs?: unknown };
  return Number.isSafeInteger(handoffs) && (handoffs as number) > 1 ? (handoffs as number) : 1;
}
