import { checkOptions } from '../errors/check-options.ts';
import type { ContextFilter } from './context-filter.ts';
import type { JsonObject } from './json.ts';
import type { Message, MessagePart } from './message.ts';
import { handoffCall } from './repair-transcript.ts';

/** Which calls {@link removeToolCalls} removes. */
export interface RemoveToolCallsOptions {
  /** `handoffs`: only `transfer_to_…`, `delegate_to_…` and `escalate_to_…`. Default: all calls. */
  readonly only?: 'handoffs';
}

const optionNames = { only: true } satisfies Record<keyof RemoveToolCallsOptions, true>;

/**
 * Leaves tool calls and their results out of the messages, out of the summary that is written from
 * them and out of the snapshot's `toolHistory`. A summary, findings and errors that the sender wrote
 * are its own words and stay. Idempotent.
 */
export function removeToolCalls(options: RemoveToolCallsOptions = {}): ContextFilter {
  checkOptions('removeToolCalls', options, optionNames);
  const { only } = options;
  const isRemoved = (name: string): boolean => only === undefined || handoffCall.test(name);
  return {
    conversation: (messages) => withoutCalls(messages, isRemoved, only === undefined),
    context: (handedOn) => ({
      ...handedOn,
      stateSnapshot: withoutNames(handedOn.stateSnapshot, isRemoved),
    }),
  };
}

function withoutCalls(
  messages: readonly Message[],
  isRemoved: (name: string) => boolean,
  orphans: boolean,
): readonly Message[] {
  const kept: Message[] = [];
  // Ids may come again: a result belongs to the first call of its id that has none yet.
  const open = new Map<string, boolean[]>();
  const stays = (part: MessagePart, role: Message['role']): boolean => {
    if (part.type === 'tool_call_response') return !(open.get(part.id)?.shift() ?? orphans);
    if (part.type !== 'tool_call') return true;
    const removed = isRemoved(part.name);
    if (role === 'assistant') open.set(part.id, [...(open.get(part.id) ?? []), removed]);
    return !removed;
  };
  for (const message of messages) {
    const parts = message.parts.filter((part) => stays(part, message.role));
    if (parts.length === message.parts.length) kept.push(message);
    // What was thought about the calls alone goes with them.
    else if (parts.some(({ type }) => type !== 'reasoning')) kept.push({ ...message, parts });
  }
  return kept;
}

function withoutNames(snapshot: JsonObject, isRemoved: (name: string) => boolean): JsonObject {
  const { toolHistory } = snapshot;
  if (!Array.isArray(toolHistory)) return snapshot;
  const kept = toolHistory.filter((name) => typeof name !== 'string' || !isRemoved(name));
  return { ...snapshot, toolHistory: kept };
}
