import {
  type Json,
  type JsonObject,
  type Message,
  type MessagePart,
  message,
} from '@agent-handoff/core/adapter';
import { type ModelMessage, modelMessageSchema, type ToolResultPart } from 'ai';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromModelMessages } from './from-model-messages.ts';
import { toModelMessages } from './to-model-messages.ts';

const numRuns = process.env.FULL ? 10_000 : 400;

/** With numbers that our messages may hold. */
const json = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => !/\d{16}|e\+|__proto__/.test(JSON.stringify(value))) as fc.Arbitrary<Json>;
const metadata = fc.oneof(
  fc.constant({}),
  fc.constant({ openai: { itemId: 'msg_1' } }),
  fc.constant({ anthropic: { signature: 'abc' }, google: {} }),
  // Another framework's, which the AI SDK would refuse as it is.
  fc.constant({ signature: 'abc', index: 0 }),
  fc.dictionary(fc.constantFrom('a', 'b'), json) as fc.Arbitrary<JsonObject>,
);
const part = <Fields extends object>(
  fields: {
    [Name in keyof Fields]: fc.Arbitrary<Fields[Name]>;
  },
): fc.Arbitrary<Fields & { providerMetadata?: JsonObject }> =>
  fc
    .tuple(fc.record(fields), fc.option(metadata, { nil: undefined }))
    .map(([plain, providerMetadata]) => ({
      ...(plain as Fields),
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
    }));
const maybeMimeType = fc.constantFrom(
  {},
  { mimeType: 'image/png' },
  { mimeType: 'image/*' },
  { mimeType: 'application/pdf' },
  { mimeType: 'application/octet-stream' },
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
        uri: fc.constantFrom(
          'https://a.example/b',
          'HTTPS://A.example',
          'gs://b/c',
          'data:,x',
          'x',
        ),
      }),
      part({
        type: fc.constant('file' as const),
        modality,
        fileId: fc.constantFrom('file-1', 'files/2', 'urn:3', ''),
      }),
    ),
    maybeMimeType,
  )
  .map(([plain, mimeType]) => ({ ...plain, ...mimeType }));
const call = part({
  type: fc.constant('tool_call' as const),
  id: fc.uuid(),
  name: fc.constantFrom('look_up', 'transfer_to_billing'),
  arguments: json,
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
const name = fc.constantFrom({}, { name: 'Ada' });

const user: fc.Arbitrary<Message[]> = fc
  .tuple(fc.array(fc.oneof(text, file), { maxLength: 4 }), name)
  .map(([parts, named]) => [{ ...message.user(parts), ...named }]);
/** An assistant's turn with the results of its calls, in one message or in several. */
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
const transcript = fc.array(fc.oneof(user, assistant), { maxLength: 4 }).map((each) => each.flat());

describe('toModelMessages and fromModelMessages', () => {
  test('lose nothing, also through JSON, and satisfy the schema of the AI SDK', () => {
    fc.assert(
      fc.property(transcript, (messages) => {
        const converted = toModelMessages(messages);
        for (const each of converted) modelMessageSchema.parse(each);
        expect(fromModelMessages(converted)).toEqual(messages);
        expect(fromModelMessages(JSON.parse(JSON.stringify(converted)))).toEqual(
          JSON.parse(JSON.stringify(messages)),
        );
      }),
      { numRuns },
    );
  }, 60_000);

  test('reads messages that were never ours', () => {
    const bytes = new Uint8Array([1, 2, 255]);
    expect(
      fromModelMessages([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        {
          role: 'user',
          content: [
            { type: 'image', image: bytes },
            { type: 'file', data: bytes.buffer, mediaType: 'application/pdf' },
            { type: 'file', data: new URL('https://a.example/b.png'), mediaType: 'image/png' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'tool-call', toolCallId: 'c1', toolName: 'a', input: undefined },
            {
              type: 'tool-call',
              toolCallId: 'c2',
              toolName: 'b',
              input: {},
              providerExecuted: true,
            },
            { type: 'tool-approval-request', approvalId: 'p1', toolCallId: 'c1' },
          ],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-approval-response', approvalId: 'p1', approved: false },
            {
              type: 'tool-result',
              toolCallId: 'c1',
              toolName: 'a',
              output: { type: 'execution-denied', reason: 'not today' },
            },
          ],
        },
      ]),
    ).toEqual([
      message.system('Be brief.'),
      message.user('Hi'),
      message.user([
        { type: 'blob', modality: 'image', content: 'AQL/' },
        { type: 'blob', modality: 'document', mimeType: 'application/pdf', content: 'AQL/' },
        { type: 'uri', modality: 'image', mimeType: 'image/png', uri: 'https://a.example/b.png' },
      ]),
      message.assistant([{ type: 'tool_call', id: 'c1', name: 'a', arguments: {} }]),
      {
        role: 'tool',
        parts: [
          {
            type: 'tool_call_response',
            id: 'c1',
            response: 'not today',
            isError: true,
            providerMetadata: { 'ai-sdk': { outputType: 'execution-denied' } },
          },
        ],
      },
    ]);
  });

  test('gives messages that were never ours back, whatever their tools answered', () => {
    const outputs: ToolResultPart['output'][] = [
      { type: 'text', value: 'x' },
      { type: 'json', value: { a: [1, null] } },
      { type: 'error-text', value: 'no' },
      { type: 'error-json', value: { code: 1 } },
      { type: 'execution-denied', reason: 'not today' },
      { type: 'execution-denied' },
      { type: 'content', value: [{ type: 'text', text: 'seen' }] },
    ];
    const messages: ModelMessage[] = outputs.flatMap((output, i): ModelMessage[] => {
      const call = { toolCallId: `c${i}`, toolName: 'look' };
      const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } };
      return [
        { role: 'assistant', content: [{ type: 'tool-call', ...call, input: {} }] },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', ...call, output, ...(i % 2 ? { providerOptions } : {}) },
          ],
        },
      ];
    });
    expect(toModelMessages(fromModelMessages(messages))).toEqual(messages);
  });

  test('keeps the names and references of files, and what a provider is told of a whole message', () => {
    const referenced = { type: 'reference', reference: { openai: 'file-1', google: 'f2' } };
    const cached = { anthropic: { cacheControl: { type: 'ephemeral' } } };
    const file = { type: 'file', mediaType: 'application/pdf', filename: 'invoice.pdf' } as const;
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Read these.' },
          { ...file, data: 'AQL/' },
          { ...file, data: referenced, providerOptions: cached },
        ],
      },
    ] as unknown as ModelMessage[];
    const read = fromModelMessages(messages);
    expect(read[0]?.parts[2]).toMatchObject({ type: 'file', fileId: 'file-1' });
    expect(toModelMessages(JSON.parse(JSON.stringify(read)))).toEqual(messages);

    const noted = fromModelMessages([{ role: 'user', content: 'Hi', providerOptions: cached }]);
    expect(noted).toEqual([
      message.user([{ type: 'text', content: 'Hi', providerMetadata: cached }]),
    ]);
    const inline = { type: 'text', text: 'a;b' };
    expect(
      fromModelMessages([
        { role: 'user', content: [{ type: 'file', data: inline, mediaType: 'text/csv' }] },
      ] as unknown as ModelMessage[]),
    ).toEqual([
      message.user([{ type: 'blob', modality: 'document', mimeType: 'text/csv', content: 'YTti' }]),
    ]);
  });

  test('refuses what no provider takes, and says where', () => {
    const unfit: [Message[], RegExp][] = [
      [[message.user('a'), message.system('b')], /message 1 \(system\)/],
      [[message.user([{ type: 'reasoning', content: 'x' }])], /message 0 \(user\) has a reasoning/],
      [[message.assistant([{ type: 'tool_call_response', id: 'c', response: 1 }])], /assistant/],
      [[message.tool('c1', 'x')], /"c1"/],
      [[message.assistant([{ type: 'tool_call', id: 'c2', name: 'a', arguments: {} }])], /"c2"/],
      [
        [{ role: 'tool', parts: [{ type: 'text', content: 'x' }] }],
        /message 0 \(tool\) has a text/,
      ],
    ];
    for (const [messages, where] of unfit) {
      expect(() => toModelMessages(messages)).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONTEXT',
          message: expect.stringMatching(where),
        }),
      );
    }
  });
});
