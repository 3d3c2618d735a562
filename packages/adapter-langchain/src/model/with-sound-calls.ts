import { AIMessage, AIMessageChunk } from '@langchain/core/messages';

/** A message whose calls can all be answered. */
export interface SoundMessage {
  readonly message: AIMessage;
  /** What stood in the place of the arguments of calls, by their ids, where it was no JSON. */
  readonly broken: ReadonlyMap<string, string>;
}

/**
 * The message with every call in `tool_calls`, under an id of its own. Calls whose arguments are no JSON
 * are among them with none, so that they can be answered: providers refuse them as they were written.
 */
export function withSoundCalls(message: AIMessage): SoundMessage {
  const { tool_calls: calls = [], invalid_tool_calls: invalid = [] } = message;
  if (calls.length === 0 && invalid.length === 0) return { message, broken: new Map() };
  const written = writtenArguments(message);
  const taken = new Set<string>();
  const broken = new Map<string, string>();
  const sound = [
    ...calls.map((call) => ({ ...call, raw: written.get(call.id ?? '') })),
    ...invalid.map(({ id, name = 'unnamed', args = '' }) => ({ id, name, args: {}, raw: args })),
  ].map(({ id, name, args, raw }) => {
    const free = id === undefined || id === '' || taken.has(id) ? crypto.randomUUID() : id;
    taken.add(free);
    if (raw !== undefined) broken.set(free, raw);
    return { type: 'tool_call' as const, id: free, name, args: raw === undefined ? args : {} };
  });
  if (broken.size === 0 && sound.every(({ id }, place) => id === calls[place]?.id)) {
    return { message, broken };
  }
  return { message: withCalls(message, sound), broken };
}

/** Arguments that came in pieces and are no JSON: LangChain completes them to something that is. */
function writtenArguments(message: AIMessage): ReadonlyMap<string, string> {
  const broken = new Map<string, string>();
  if (!AIMessageChunk.isInstance(message)) return broken;
  for (const { id = '', args = '' } of message.tool_call_chunks ?? []) {
    if (args !== '' && !isJson(args)) broken.set(id, args);
  }
  return broken;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function withCalls(message: AIMessage, calls: NonNullable<AIMessage['tool_calls']>): AIMessage {
  const { content, id, usage_metadata } = message;
  const additional_kwargs = without(message.additional_kwargs, asWritten);
  const response_metadata = without(message.response_metadata, asWritten);
  return new AIMessage({
    content: typeof content === 'string' ? content : content.filter(({ type }) => !isCall(type)),
    response_metadata,
    additional_kwargs,
    tool_calls: calls,
    ...(id === undefined ? {} : { id }),
    ...(usage_metadata === undefined ? {} : { usage_metadata }),
  });
}

/**
 * Where providers' clients keep the calls as they were written; OpenAI's responses with ids that go with
 * their reasoning alone.
 */
const asWritten: readonly string[] = [
  'tool_calls',
  'function_call',
  'output',
  'reasoning',
  '__openai_function_call_ids__',
];

const without = <Value extends object>(value: Value, names: readonly string[]): Value =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as Value;

/** A call as a block of content, in the words of the providers that write it there too. */
const isCall = (type: string): boolean =>
  ['tool_use', 'tool_call', 'functionCall', 'input_json_delta'].includes(type);
