import { checkOptions } from '../errors/check-options.ts';
import { HandoffError } from '../errors/handoff-error.ts';
import type { ContextFilter, FilterRequest } from './context-filter.ts';
import { cutText } from './cut-text.ts';
import type { Json } from './json.ts';
import { type Message, message, type ToolCallPart, type ToolCallResponsePart } from './message.ts';
import { promptJson } from './prompt-text.ts';
import { repairTranscript } from './repair-transcript.ts';

/** How {@link foldToolCalls} is bounded. */
export interface FoldToolCallsOptions {
  /** Code points kept of each call's arguments and of each result; default 1,000. */
  readonly maxCharacters?: number;
}

/**
 * Rewrites the tool calls of other agents in the key messages as text: what was called with what and
 * what it returned, in a message that says that it isn't from the user. Each call stays on its line,
 * as JSON, so that no result can pose as another. The receiver sees what happened without calls of
 * tools that it doesn't have. Messages that bear the target's name keep their calls. Idempotent.
 *
 * @throws HandoffError `INVALID_CONFIGURATION` where `maxCharacters` is not a whole number from 1.
 */
export function foldToolCalls(options: FoldToolCallsOptions = {}): ContextFilter {
  checkOptions('foldToolCalls', options, optionNames);
  const { maxCharacters = 1_000 } = options;
  if (!Number.isInteger(maxCharacters) || maxCharacters < 1) {
    throw new HandoffError(
      'INVALID_CONFIGURATION',
      `maxCharacters is ${maxCharacters}. Pass a whole number from 1.`,
    );
  }
  return {
    context: (handedOn, request) => ({
      ...handedOn,
      keyMessages: foldMessages(repairTranscript(handedOn.keyMessages), request, maxCharacters),
    }),
  };
}

const optionNames = { maxCharacters: true } satisfies Record<keyof FoldToolCallsOptions, true>;

const label = '[For context: what an earlier agent did with its tools, not from the user]';

/** The transcript is repaired: each call is followed by its result, in a message of its own. */
function foldMessages(
  messages: readonly Message[],
  { sourceAgentId, targetAgentId }: FilterRequest,
  maxCharacters: number,
): readonly Message[] {
  const results = new Map<string, ToolCallResponsePart>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === 'tool_call_response') results.set(part.id, part);
  }
  const shown = (value: Json): string => cutText(promptJson(value), maxCharacters);
  const foldedIds = new Set<string>();
  return messages.flatMap((given): Message[] => {
    const { role, parts, name } = given;
    if (role === 'tool') {
      return foldedIds.has((parts[0] as ToolCallResponsePart).id) ? [] : [given];
    }
    const calls = parts.filter((part): part is ToolCallPart => part.type === 'tool_call');
    if (calls.length === 0 || name === targetAgentId) return [given];
    const lines = calls.map((call) => {
      foldedIds.add(call.id);
      const { isError, response } = results.get(call.id) as ToolCallResponsePart;
      const outcome = isError === true ? 'failed with' : 'returned';
      return `${name ?? sourceAgentId} called ${call.name}(${shown(call.arguments)}), which ${outcome} ${shown(response)}`;
    });
    const said = parts.filter(({ type }) => type !== 'tool_call');
    return [
      ...(said.length === 0 ? [] : [{ ...given, parts: said }]),
      message.user([label, ...lines].join('\n')),
    ];
  });
}
