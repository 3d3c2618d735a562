import type { MessagePart, MessageRole } from '@agent-handoff/core/adapter';
import type { TranscriptCheck } from './check-transcript.ts';
import type { TranscriptProblemKind, TranscriptProvider } from './transcript-problem.ts';

/** Where a part stands: the message, and the part in it, from 0. */
export interface PartPlace {
  readonly index: number;
  readonly place: number;
}

/** The roles whose messages can hold a part of each type. */
const homes: Readonly<Record<MessagePart['type'], readonly MessageRole[]>> = {
  text: ['user', 'assistant', 'system'],
  reasoning: ['assistant'],
  tool_call: ['assistant'],
  tool_call_response: ['tool'],
  blob: ['user'],
  uri: ['user'],
  file: ['user'],
};

/** The keys under which providers' clients file what is theirs. */
const ownKeys: Readonly<Record<TranscriptProvider, readonly string[]>> = {
  openai: ['openai'],
  anthropic: ['anthropic'],
  gemini: ['gemini', 'google', 'vertex'],
};

/** What is wrong with one part by itself. */
export function checkPart(
  part: MessagePart,
  role: MessageRole,
  { index, place }: PartPlace,
  check: TranscriptCheck,
): void {
  const where = `Part ${place} of message ${index}`;
  const report = (kind: TranscriptProblemKind, what: string): void =>
    check.report(kind, index, `${where} ${what}`);

  if (!homes[part.type].includes(role)) {
    report('misplaced-part', `is a ${part.type} in a message of the role ${role}.`);
  }
  checkForeign(part, check, report);
  switch (part.type) {
    case 'text':
      if (part.content.trim() === '') report('empty', 'is a text without content.');
      if (!part.content.isWellFormed()) report('bad-text', 'contains half a surrogate pair.');
      break;
    case 'reasoning':
      break;
    case 'tool_call':
      checkCall(part, check, report);
      break;
    case 'tool_call_response':
      if (part.response === undefined) report('empty', 'is a result without a response.');
      if (hasHalfPair(part.response)) report('bad-text', 'contains half a surrogate pair.');
      break;
    case 'blob':
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(part.content)) {
        report('bad-media', 'is no Base64.');
      } else if (part.content === '') report('bad-media', 'is media without content.');
      break;
    case 'uri':
      if (!URL.canParse(part.uri)) report('bad-media', `has no absolute URI: ${part.uri}`);
      break;
    case 'file':
      if (part.fileId === '') report('bad-media', 'names no file.');
  }
}

function checkCall(
  part: Extract<MessagePart, { type: 'tool_call' }>,
  { providers }: TranscriptCheck,
  report: (kind: TranscriptProblemKind, what: string) => void,
): void {
  const { id, name, arguments: input } = part;
  // OpenAI takes at most 40 characters, Anthropic these characters.
  if (providers.includes('openai') && id.length > 40) report('bad-id', `has a too long id: ${id}`);
  if (!/^[A-Za-z0-9_-]+$/.test(id)) report('bad-id', `has the id ${JSON.stringify(id)}.`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    report('bad-tool-name', `calls ${JSON.stringify(name)}.`);
  } else if (providers.includes('gemini') && !/^[A-Za-z_]/.test(name)) {
    report('bad-tool-name', `calls "${name}", which begins with neither letter nor underscore.`);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    report('bad-arguments', 'calls a tool with arguments that are no object.');
  } else if (hasHalfPair(input)) report('bad-text', 'contains half a surrogate pair.');
}

/** Reasoning, files and metadata are accepted by the provider that made them, and by no other. */
function checkForeign(
  part: MessagePart,
  { providers }: TranscriptCheck,
  report: (kind: TranscriptProblemKind, what: string) => void,
): void {
  const makers = Object.keys(part.providerMetadata ?? {});
  const isOwn = (provider: TranscriptProvider): boolean =>
    makers.some((maker) => ownKeys[provider].includes(maker));
  for (const provider of providers) {
    if (part.type === 'reasoning' && !isOwn(provider)) {
      report('foreign', `is reasoning that ${provider} didn't sign.`);
    } else if (part.type === 'file' && !isOwn(provider)) {
      report('foreign', `is a file that wasn't uploaded to ${provider}.`);
    } else if (makers.length > 0 && !isOwn(provider)) {
      report('foreign', `carries metadata of ${makers.join(', ')} to ${provider}.`);
    }
  }
}

/** JSON.stringify escapes half pairs, so the walk must look at each string. */
function hasHalfPair(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => !key.isWellFormed() || hasHalfPair(member));
}
