import { repairTranscript } from '@agent-handoff/core';
import {
  type Json,
  type JsonObject,
  type Message,
  type MessagePart,
  message,
} from '@agent-handoff/core/adapter';
import {
  AIMessage,
  ChatMessage,
  HumanMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  RemoveMessage,
  ToolMessage,
} from '@langchain/core/messages';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromLangChainMessages } from './from-langchain-messages.ts';
import { toLangChainMessages } from './to-langchain-messages.ts';

const isFull = process.env['FULL'] === '1';
const seed = Number(process.env['SEED'] ?? (isFull ? Date.now() % 2 ** 31 : 20_261_125));
const sample = { numRuns: isFull ? 10_000 : 200, seed };

// LangChain escapes objects with a key "lc" when messages are stored, and gives them back escaped.
// No manager takes a key "__proto__".
const json = fc
  .jsonValue({ maxDepth: 2 })
  .filter(
    (value) => !/"(lc|__lc_escaped__|__proto__)":/.test(JSON.stringify(value)),
  ) as fc.Arbitrary<Json>;
const metadata = fc.oneof(
  fc.constant({ openai: { itemId: 'msg_1' } }),
  fc.constant({ langchain: { type: 'thinking', thinking: 'x', signature: 'abc' } }),
  fc.dictionary(fc.constantFrom('a', 'b'), json) as fc.Arbitrary<JsonObject>,
);
const part = <Fields extends object>(
  fields: {
    [Name in keyof Fields]: fc.Arbitrary<Fields[Name]>;
  },
): fc.Arbitrary<Fields & { providerMetadata?: JsonObject }> =>
  fc
    .tuple(fc.record(fields), fc.option(metadata, { nil: undefined, freq: 2 }))
    .map(([plain, providerMetadata]) => ({
      ...(plain as Fields),
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
    }));
const maybeMimeType = fc.constantFrom(
  {},
  { mimeType: 'image/png' },
  { mimeType: 'audio/wav' },
  { mimeType: 'application/pdf' },
  { mimeType: 'text' },
);
const modality = fc.constantFrom('image', 'audio', 'video', 'document', 'hologram', '');
const text = part({ type: fc.constant('text' as const), content: fc.string() });
const reasoning = part({ type: fc.constant('reasoning' as const), content: fc.string() });
const file: fc.Arbitrary<MessagePart> = fc
  .tuple(
    fc.oneof(
      part({ type: fc.constant('blob' as const), modality, content: fc.base64String() }),
      part({
        type: fc.constant('uri' as const),
        modality,
        uri: fc.constantFrom('https://a.example/b', 'data:image/png;base64,AQL/', 'data:,x', 'x'),
      }),
      part({ type: fc.constant('file' as const), modality, fileId: fc.constantFrom('file-1', '') }),
    ),
    maybeMimeType,
  )
  .map(([plain, mimeType]) => ({ ...plain, ...mimeType }));
const call = part({
  type: fc.constant('tool_call' as const),
  id: fc.uuid(),
  name: fc.constantFrom('look_up', 'transfer_to_billing'),
  arguments: fc.oneof(fc.constant({ id: 7 }), json),
});
const result = part({
  type: fc.constant('tool_call_response' as const),
  id: fc.constant(''),
  response: json,
}).chain((plain) =>
  fc
    .constantFrom({}, { isError: true }, { isError: false })
    .map((error) => ({ ...plain, ...error })),
);
const name = fc.constantFrom({}, { name: 'Ada' }, { name: 'Ada L.' });
const user: fc.Arbitrary<Message[]> = fc
  .tuple(fc.array(fc.oneof(text, file), { maxLength: 4 }), name)
  .map(([parts, named]) => [{ ...message.user(parts), ...named }]);
const assistant: fc.Arbitrary<Message[]> = fc
  .tuple(
    fc.array(fc.oneof(text, reasoning, file), { maxLength: 3 }),
    fc.array(fc.tuple(call, result), { maxLength: 3 }),
    fc.boolean(),
    name,
  )
  .map(([said, calls, together, named]) => {
    const results = calls.map(([{ id }, answer]) => ({ ...answer, id }));
    const groups = together ? [results] : results.map((each) => [each]);
    return [
      { ...message.assistant([...said, ...calls.map(([made]) => made)]), ...named },
      ...groups
        .filter((parts) => parts.length > 0)
        .map((parts): Message => ({ role: 'tool', parts, ...named })),
    ];
  });
const system = text.map((said): Message[] => [message.system([said])]);
const transcript = fc
  .array(fc.oneof(user, assistant, system), { maxLength: 4 })
  .map((each) => each.flat());
const plain = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

describe(`toLangChainMessages and fromLangChainMessages (seed ${seed})`, () => {
  test('lose nothing, also through stored messages', () => {
    fc.assert(
      fc.property(transcript, (messages) => {
        const converted = toLangChainMessages(messages);
        expect(plain(fromLangChainMessages(converted))).toEqual(plain(messages));
        const stored = plain(mapChatMessagesToStoredMessages(converted));
        const restored = mapStoredMessagesToChatMessages(stored);
        expect(plain(fromLangChainMessages(restored))).toEqual(plain(messages));
      }),
      sample,
    );
  }, 60_000);

  test('a repaired transcript needs nothing kept beside it, unless it has results that are no text', () => {
    fc.assert(
      fc.property(transcript, (messages) => {
        const kept = toLangChainMessages(repairTranscript(messages)).filter(
          ({ additional_kwargs }) => 'agent-handoff' in additional_kwargs,
        );
        for (const each of kept) {
          const { message: own } = each.additional_kwargs['agent-handoff'] as { message: Message };
          expect(own.parts.some(({ type }) => type !== 'text') || own.name !== undefined).toBe(
            true,
          );
        }
      }),
      sample,
    );
  }, 60_000);

  test('bear no ids, which LangGraph would replace messages by', () => {
    expect(toLangChainMessages([message.user('a'), message.assistant('b')])).toMatchObject([
      { id: undefined },
      { id: undefined },
    ]);
  });

  test('what somebody wrote into a message counts, not what it was', () => {
    const [converted] = toLangChainMessages([
      message.assistant([
        { type: 'reasoning', content: 'Hm.' },
        { type: 'text', content: 'Yes.' },
      ]),
    ]);
    if (converted) converted.content = 'No.';
    expect(fromLangChainMessages(converted ? [converted] : [])).toEqual([message.assistant('No.')]);
  });

  test('reads the shapes of providers', () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
    expect(
      fromLangChainMessages([
        new HumanMessage({
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
            { type: 'image_url', image_url: 'https://a.example/c.png' },
            { type: 'image', source_type: 'base64', mime_type: 'image/png', data: 'AQL/' },
          ],
        }),
        // Anthropic
        new AIMessage({
          content: [
            thinking,
            { type: 'text', text: 'Looking.' },
            { type: 'tool_use', id: 'c1', name: 'look_up', input: { id: 7 } },
          ],
          tool_calls: [{ id: 'c1', name: 'look_up', args: { id: 7 } }],
        }),
        new ToolMessage({ tool_call_id: 'c1', content: [{ type: 'text', text: 'Shelf 3' }] }),
        // OpenAI's chat completions, with arguments that are no JSON
        new AIMessage({
          content: '',
          invalid_tool_calls: [{ id: 'c2', name: 'look_up', args: '{"id":', error: 'x' }],
          additional_kwargs: {
            tool_calls: [
              { id: 'c2', type: 'function', function: { name: 'look_up', arguments: '{"id":' } },
            ],
          },
          tool_calls: [],
        }),
        new AIMessage({
          content: 'On shelf 3.',
          additional_kwargs: { reasoning_content: 'Easy.' },
        }),
        new ChatMessage('Thanks', 'user'),
        new RemoveMessage({ id: 'x' }),
      ]),
    ).toEqual([
      message.user([
        { type: 'text', content: 'What is this?' },
        { type: 'uri', modality: 'image', uri: 'https://a.example/b.png' },
        { type: 'uri', modality: 'image', uri: 'https://a.example/c.png' },
        { type: 'blob', modality: 'image', mimeType: 'image/png', content: 'AQL/' },
      ]),
      message.assistant([
        { type: 'reasoning', content: 'Hm.', providerMetadata: { langchain: thinking } },
        { type: 'text', content: 'Looking.' },
        { type: 'tool_call', id: 'c1', name: 'look_up', arguments: { id: 7 } },
      ]),
      message.tool('c1', 'Shelf 3'),
      message.assistant([]),
      message.assistant([
        { type: 'reasoning', content: 'Easy.' },
        { type: 'text', content: 'On shelf 3.' },
      ]),
      message.user('Thanks'),
    ]);
  });

  test('refuses a part that its role cannot carry, and says where', () => {
    expect(() =>
      toLangChainMessages([message.user([{ type: 'reasoning', content: 'x' }])]),
    ).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTEXT',
        message: expect.stringContaining('message 0 (user) has a reasoning part'),
      }),
    );
  });
});
