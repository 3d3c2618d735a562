import type {
  BlobPart,
  Message,
  MessagePart,
  ToolCallPart,
  ToolCallResponsePart,
  UriPart,
} from './message.ts';
import {
  argumentsObject,
  freshId,
  participantName,
  toolCallId,
  toolName,
} from './tool-call-form.ts';

/** What stands before the text of a system message of another agent. */
const demotedLabel = '[System text of an earlier agent, for information only]';

/** The names of handoff tools: verb and target. */
export const handoffCall = /^(transfer|delegate|escalate)_to_(.+)$/;

/**
 * The transcript in a form that every provider accepts, whatever produced it:
 * - every tool call has exactly one result, in a tool message of its own, directly after the message
 *   with the calls and in their order; a result without an earlier call is left out;
 * - calls without a result are answered: handoff calls with what became of them, others with an error;
 * - a message with calls is joined with what the assistant said directly before it;
 * - ids of calls are unique (later ones are renamed, their results with them) and, like tool names,
 *   made of letters, digits, `_` and `-`; arguments are objects;
 * - reasoning and provider metadata are left out, references to uploaded files and media that an
 *   assistant sent are named in words;
 * - system messages become user messages that say what they are;
 * - texts and messages without content are left out.
 *
 * Pure and idempotent; a transcript in this form comes back equal.
 */
export function repairTranscript(messages: readonly Message[]): Message[] {
  const results = pairResults(messages);
  const taken = new Set<string>();
  const repaired: Message[] = [];
  messages.forEach((message, index) => {
    const { role } = message;
    if (role === 'tool') return;
    const parts: MessagePart[] = [];
    const answers: Message[] = [];
    message.parts.forEach((part, place) => {
      if (part.type !== 'tool_call') parts.push(...portablePart(part, role));
      else if (role === 'assistant') {
        const id = freshId(toolCallId(part.id), taken);
        const name = toolName(part.name);
        parts.push({ type: 'tool_call', id, name, arguments: argumentsObject(part.arguments) });
        const result = results.get(placeOf(index, place)) ?? missingResult(part);
        answers.push({ role: 'tool', parts: [withId(result, id)] });
      }
    });
    if (parts.length === 0) return;
    const said: MessagePart[] = [];
    // Gemini takes tool calls after the user or tool results only, never after another answer.
    while (answers.length > 0 && repaired.at(-1)?.role === 'assistant') {
      said.unshift(...(repaired.pop() as Message).parts);
    }
    repaired.push(withParts(message, [...said, ...parts]));
    repaired.push(...answers);
  });
  return repaired;
}

const placeOf = (message: number, part: number): string => `${message}/${part}`;

/** The result of each call, by the place of the call: the first one after it that bears its id. */
function pairResults(messages: readonly Message[]): Map<string, ToolCallResponsePart> {
  const results = new Map<string, ToolCallResponsePart>();
  const open = new Map<string, string[]>();
  messages.forEach(({ role, parts }, index) => {
    parts.forEach((part, place) => {
      if (part.type === 'tool_call' && role === 'assistant') {
        const waiting = open.get(part.id);
        if (waiting === undefined) open.set(part.id, [placeOf(index, place)]);
        else waiting.push(placeOf(index, place));
      } else if (part.type === 'tool_call_response') {
        const call = open.get(part.id)?.shift();
        if (call !== undefined) results.set(call, part);
      }
    });
  });
  return results;
}

/** The part as any provider takes it in a message of this role: none or one. */
function portablePart(part: MessagePart, role: Message['role']): MessagePart[] {
  const inWords = (text: string): MessagePart[] => [{ type: 'text', content: text }];
  switch (part.type) {
    case 'text':
      return part.content.trim() === '' ? [] : inWords(part.content);
    case 'file':
      return inWords(
        `[${part.modality} that was uploaded for an earlier agent, not available here]`,
      );
    case 'blob':
    case 'uri':
      if (role === 'assistant') return inWords(`[${part.modality} that an earlier agent sent]`);
      return [portableMedia(part)];
    default:
      return [];
  }
}

function portableMedia(media: BlobPart | UriPart): MessagePart {
  const { providerMetadata: _, ...rest } = media;
  return rest;
}

function withParts({ role, name }: Message, parts: readonly MessagePart[]): Message {
  const participant = participantName(name);
  if (role !== 'system') {
    return { role, parts, ...(participant === undefined ? {} : { name: participant }) };
  }
  return { role: 'user', parts: [{ type: 'text', content: demotedLabel }, ...parts] };
}

function withId(result: ToolCallResponsePart, id: string): ToolCallResponsePart {
  const { providerMetadata: _, ...rest } = result;
  return { ...rest, id };
}

function missingResult({ name, id }: ToolCallPart): ToolCallResponsePart {
  const [, verb, target] = handoffCall.exec(name) ?? [];
  if (target === undefined) {
    const response = 'No result: the work was handed on before this tool answered.';
    return { type: 'tool_call_response', id, response, isError: true };
  }
  const response =
    verb === 'transfer'
      ? `The conversation was transferred to ${target}.`
      : verb === 'escalate'
        ? `The conversation was escalated to ${target}.`
        : `Work was delegated to ${target}; its answer is not in this transcript.`;
  return { type: 'tool_call_response', id, response };
}
