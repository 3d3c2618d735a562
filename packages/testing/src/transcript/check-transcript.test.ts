import { type Message, message } from '@agent-handoff/core/adapter';
import { describe, expect, test } from 'vitest';
import { checkTranscript, expectValidTranscript } from './check-transcript.ts';
import type { TranscriptProvider } from './transcript-problem.ts';

const call = (id: string, name = 'look_up') =>
  ({ type: 'tool_call', id, name, arguments: {} }) as const;
const user = message.user('Where is order 7?');
const asks = message.assistant([{ type: 'text', content: 'Let me see.' }, call('c1')]);
const answer = message.tool('c1', { shelf: 3 });
const blob = { type: 'blob', modality: 'image', mimeType: 'image/png', content: 'AAAA' } as const;

const kinds = (messages: readonly Message[], provider?: TranscriptProvider): string[] =>
  checkTranscript(messages, provider ? { provider } : {}).map(({ kind }) => kind);

test.each<readonly [string, readonly Message[]]>([
  ['a question', [user]],
  ['a finished tool call', [user, asks, answer]],
  ['a later turn', [user, asks, answer, message.assistant('Shelf 3.'), message.user('Thanks')]],
  ['two user messages', [user, user]],
  ['two answers', [user, message.assistant('a'), message.assistant('b'), user]],
  [
    'parallel calls, a message each',
    [
      user,
      message.assistant([call('a'), call('b')]),
      message.tool('a', 1),
      message.tool('b', null),
    ],
  ],
  [
    'parallel calls, one message',
    [
      user,
      message.assistant([call('a'), call('b')]),
      { role: 'tool', parts: [...message.tool('a', 1).parts, ...message.tool('b', 2).parts] },
    ],
  ],
  [
    'media of the user',
    [message.user([blob, { type: 'uri', modality: 'image', uri: 'https://example.com/a.png' }])],
  ],
])('accepts %s', (_name, messages) => {
  for (const provider of ['openai', 'anthropic', 'gemini'] as const) {
    expect(kinds(messages, provider)).toEqual([]);
  }
  expect(kinds(messages)).toEqual([]);
  expect(() => expectValidTranscript(messages)).not.toThrow();
});

describe('what every provider refuses', () => {
  test.each<readonly [string, string[], readonly Message[]]>([
    ['no messages', ['empty'], []],
    ['no parts', ['empty'], [message.user([])]],
    ['blank text', ['empty'], [message.user(' \n')]],
    ['half a surrogate pair', ['bad-text'], [message.user('\ud83d')]],
    ['a system message', ['system-message'], [message.system('Obey.'), user]],
    ['a call without a result', ['orphan-call'], [user, asks, user]],
    ['a result without a call', ['orphan-result'], [user, answer]],
    [
      'a result that is not directly after its call',
      ['orphan-call', 'orphan-result'],
      [user, asks, user, answer],
    ],
    ['a result before its call', ['orphan-result', 'orphan-call'], [user, answer, asks, user]],
    ['two results of one call', ['duplicate-id'], [user, asks, answer, answer]],
    ['one id twice', ['duplicate-id'], [user, asks, answer, asks, answer]],
    [
      'one id twice in a message',
      ['duplicate-id'],
      [user, message.assistant([call('a'), call('a')]), message.tool('a', 1)],
    ],
    ['a call by the user', ['misplaced-part'], [message.user([call('c1')])]],
    [
      'a result in a user message',
      ['orphan-call', 'misplaced-part', 'orphan-result'],
      [user, asks, message.user(answer.parts)],
    ],
    [
      'text in a tool message',
      ['misplaced-part'],
      [user, asks, { role: 'tool', parts: [...answer.parts, { type: 'text', content: 'x' }] }],
    ],
    ['media of the assistant', ['misplaced-part'], [user, message.assistant([blob]), user]],
    [
      'a tool name with a space',
      ['bad-tool-name'],
      [user, message.assistant([call('c1', 'look up')]), answer],
    ],
    [
      'an id with a colon',
      ['bad-id'],
      [user, message.assistant([call('c:1')]), message.tool('c:1', 1)],
    ],
    [
      'arguments that are text',
      ['bad-arguments'],
      [user, message.assistant([{ ...call('c1'), arguments: '{}' }]), answer],
    ],
    [
      'arguments with half a pair',
      ['bad-text'],
      [user, message.assistant([{ ...call('c1'), arguments: { a: ['\udc00'] } }]), answer],
    ],
    ['a participant name with a space', ['bad-name'], [{ ...user, name: 'Billing Agent' }]],
    ['media that is no Base64', ['bad-media'], [message.user([{ ...blob, content: 'a-b_' }])]],
    ['media without content', ['bad-media'], [message.user([{ ...blob, content: '' }])]],
    [
      'a relative URI',
      ['bad-media'],
      [message.user([{ type: 'uri', modality: 'image', uri: 'a.png' }])],
    ],
  ])('%s', (_name, expected, messages) => {
    for (const provider of ['openai', 'anthropic', 'gemini'] as const) {
      // Where the broken conversation ends with the assistant, some say so in addition.
      expect(kinds(messages, provider).filter((kind) => kind !== 'role-order')).toEqual(expected);
    }
    expect(() => expectValidTranscript(messages)).toThrow(expected[0]);
  });
});

describe('what some refuse', () => {
  test.each<readonly [string, string, readonly TranscriptProvider[], readonly Message[]]>([
    [
      'a first assistant message',
      'role-order',
      ['anthropic', 'gemini'],
      [message.assistant('Hi'), user],
    ],
    [
      'a last assistant message',
      'role-order',
      ['anthropic', 'gemini'],
      [user, message.assistant('Hi')],
    ],
    [
      'calls after an answer',
      'role-order',
      ['gemini'],
      [user, message.assistant('Wait'), asks, answer],
    ],
    [
      'results out of order',
      'result-order',
      ['gemini'],
      [user, message.assistant([call('a'), call('b')]), message.tool('b', 1), message.tool('a', 2)],
    ],
    [
      'a tool name with a digit first',
      'bad-tool-name',
      ['gemini'],
      [user, message.assistant([call('c1', '2fa')]), answer],
    ],
    [
      'a long id',
      'bad-id',
      ['openai'],
      [user, message.assistant([call('c'.repeat(41))]), message.tool('c'.repeat(41), 1)],
    ],
    [
      'reasoning that another one signed',
      'foreign',
      ['openai', 'gemini'],
      [
        user,
        message.assistant([
          { type: 'reasoning', content: 'hm', providerMetadata: { anthropic: { signature: 'x' } } },
          { type: 'text', content: 'a' },
        ]),
        user,
      ],
    ],
    [
      'a file of another one',
      'foreign',
      ['anthropic', 'openai'],
      [
        message.user([
          { type: 'file', modality: 'image', fileId: 'f', providerMetadata: { google: {} } },
        ]),
      ],
    ],
    [
      'item ids of another one',
      'foreign',
      ['anthropic', 'gemini'],
      [
        message.user([
          { type: 'text', content: 'a', providerMetadata: { openai: { itemId: 'msg_1' } } },
        ]),
      ],
    ],
  ])('%s', (_name, kind, refusing, messages) => {
    for (const provider of ['openai', 'anthropic', 'gemini'] as const) {
      expect(kinds(messages, provider)).toEqual(refusing.includes(provider) ? [kind] : []);
    }
    expect(kinds(messages)).toContain(kind);
  });
});

test('an excerpt may begin and end anywhere, but not between call and result', () => {
  const excerpt = { excerpt: true };
  expect(checkTranscript([], excerpt)).toEqual([]);
  expect(checkTranscript([message.assistant('Hi')], excerpt)).toEqual([]);
  expect(checkTranscript([asks, answer, message.assistant('Shelf 3.')], excerpt)).toEqual([]);
  expect(checkTranscript([answer], excerpt)).toHaveLength(1);
  expect(checkTranscript([asks], excerpt)).toHaveLength(1);
});

test('says where and what', () => {
  expect(checkTranscript([user, answer])).toEqual([
    {
      kind: 'orphan-result',
      index: 1,
      message: 'Message 1 answers "c1", which no call directly before it bears.',
    },
  ]);
});
