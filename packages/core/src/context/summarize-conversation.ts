import { checkOptions } from '../errors/check-options.ts';
import { cutText } from './cut-text.ts';
import type { Json } from './json.ts';
import type { Message, MessagePart } from './message.ts';
import { type Redactor, redactedText } from './plain-json.ts';
import { defaultRedactor } from './redact.ts';

/** How {@link summarizeConversation} is bounded. */
export interface SummarizeOptions {
  /** The last so many messages are kept; default 20. */
  readonly maxMessages?: number;
  /** Code points kept of each message; default 200. */
  readonly maxCharacters?: number;
  /** Hides secrets; default `createRedactor()`. */
  readonly redact?: Redactor;
}

/** Anything that writes a summary; may return an empty string. */
export type Summarize = (messages: readonly Message[]) => string;

const optionNames = {
  maxMessages: true,
  maxCharacters: true,
  redact: true,
} satisfies Record<keyof SummarizeOptions, true>;

/**
 * One line for each message, `[ROLE]: content`, cut at 200 code points; only the last 20 messages,
 * with a first line that counts the earlier ones. A message stays on its line, so that no content can
 * pose as another turn. Tool calls are shown as `calls name(arguments)`, results as
 * `name returned response`; files by their kind; reasoning is left out, and so are messages without
 * any of these. Empty for an empty conversation.
 */
export function summarizeConversation(
  messages: readonly Message[],
  options: SummarizeOptions = {},
): string {
  checkOptions('summarizeConversation', options, optionNames);
  const { maxMessages = 20, maxCharacters = 200, redact = defaultRedactor } = options;
  const first = Math.max(0, messages.length - maxMessages);
  const toolNames = new Map<string, string>();
  const lines: string[] = [];
  if (first > 0) lines.push(`[${first} earlier ${first === 1 ? 'message' : 'messages'} left out]`);
  messages.forEach(({ role, parts }, index) => {
    const contents: string[] = [];
    for (const part of parts) {
      if (part.type === 'tool_call') toolNames.set(part.id, part.name);
      if (index >= first) contents.push(describePart(part, toolNames, redact));
    }
    // Before the cut, which could leave half a secret that nobody recognizes.
    const content = oneLine(redact.text(joinParts(parts, contents)));
    if (content !== '') lines.push(`[${role.toUpperCase()}]: ${cutText(content, maxCharacters)}`);
  });
  return lines.join('\n');
}

function describePart(
  part: MessagePart,
  toolNames: ReadonlyMap<string, string>,
  redact: Redactor,
): string {
  switch (part.type) {
    case 'text':
      return part.content;
    case 'reasoning':
      return '';
    case 'tool_call':
      return `calls ${part.name}(${jsonText(part.arguments, redact)})`;
    case 'tool_call_response': {
      const name = toolNames.get(part.id) ?? 'a tool';
      return `${name} ${part.isError === true ? 'failed with' : 'returned'} ${jsonText(part.response, redact)}`;
    }
    default:
      return `(${part.modality})`;
  }
}

/** Neighbouring texts are one text in pieces; everything else stands by itself. */
function joinParts(parts: readonly MessagePart[], contents: readonly string[]): string {
  let joined = '';
  contents.forEach((content, index) => {
    if (content === '') return;
    const glued =
      (parts[index] as MessagePart).type === 'text' && parts[index - 1]?.type === 'text';
    joined += glued ? content : ` ${content}`;
  });
  return joined;
}

function jsonText(value: Json, redact: Redactor): string {
  if (typeof value === 'string') return value;
  const shown = (key: string, member: unknown): unknown => {
    const hides = typeof member !== 'boolean' && member !== null && redact.isSecretKey(key);
    return hides ? redactedText : member;
  };
  return JSON.stringify(value, shown) ?? '';
}

/** Whatever an editor, a terminal or a model may take for the end of a line becomes a space. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
