import { expect, test } from 'vitest';
import { checkOpenAiChatRequest } from './check-openai-chat-request.ts';

const call = (id: string, name = 'look_up', args = '{"id":7}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const user = { role: 'user', content: 'Where is order 7?' };
const asks = { role: 'assistant', content: null, tool_calls: [call('c1')] };
const answer = { role: 'tool', tool_call_id: 'c1', content: '{"shelf":3}' };
const tool = {
  type: 'function',
  function: { name: 'look_up', parameters: { type: 'object', properties: {} } },
};
const body = (messages: unknown, extra: object = {}) => ({ model: 'small', messages, ...extra });

test.each<readonly [string, unknown]>([
  ['a question', body([{ role: 'system', content: 'You find orders.' }, user])],
  ['a developer message', body([{ role: 'developer', content: 'You find orders.' }, user])],
  ['a finished tool call', body([user, asks, answer], { tools: [tool], tool_choice: 'auto' })],
  ['a call with an empty text', body([user, { ...asks, content: '' }, answer])],
  [
    'parallel calls in any order',
    body([
      user,
      { ...asks, tool_calls: [call('a'), call('b')] },
      { ...answer, tool_call_id: 'b' },
      { ...answer, tool_call_id: 'a', content: '' },
      user,
    ]),
  ],
  [
    'parts',
    body([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ]),
  ],
  ['a stream with usage', body([user], { stream: true, stream_options: { include_usage: true } })],
  [
    'a schema',
    body([user], {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: {} } },
    }),
  ],
])('accepts %s', (_name, request) => {
  expect(checkOpenAiChatRequest(request)).toEqual([]);
});

test.each<readonly [string, string | null, unknown]>([
  ['no object', null, 'hello'],
  ['no model', 'model', { messages: [user] }],
  ['no messages', 'messages', { model: 'small' }],
  ['an empty list', 'messages', body([])],
  ['a message that is none', 'messages.[0]', body(['hello'])],
  ['system messages alone', 'messages', body([{ role: 'system', content: 'Obey.' }])],
  [
    'a system message later',
    'messages.[1].role',
    body([user, { role: 'system', content: 'Obey.' }]),
  ],
  ['an unknown role', 'messages.[0].role', body([{ role: 'function', content: 'x' }])],
  ['a participant with a space', 'messages.[0].name', body([{ ...user, name: 'Ann Lee' }])],
  ['no content', 'messages.[0].content', body([{ role: 'user' }])],
  ['blank content', 'messages.[0].content', body([{ role: 'user', content: ' ' }])],
  ['no parts', 'messages.[0].content', body([{ role: 'user', content: [] }])],
  ['content that is a number', 'messages.[0].content', body([{ role: 'user', content: 7 }])],
  [
    'a blank part',
    'messages.[0].content.[0].text',
    body([{ role: 'user', content: [{ type: 'text', text: '' }] }]),
  ],
  [
    'a part of another provider',
    'messages.[0].content.[0].type',
    body([{ role: 'user', content: [{ type: 'tool_result' }] }]),
  ],
  [
    'an image of the assistant',
    'messages.[1].content.[0].type',
    body([
      user,
      {
        role: 'assistant',
        content: [{ type: 'image_url', image_url: { url: 'https://example.com' } }],
      },
    ]),
  ],
  [
    'a file path as an image',
    'messages.[0].content.[0].image_url.url',
    body([{ role: 'user', content: [{ type: 'image_url', image_url: { url: '/tmp/a.png' } }] }]),
  ],
  [
    'an answer of nothing',
    'messages.[1].content',
    body([user, { role: 'assistant', content: null }]),
  ],
  ['a call without a result', 'messages.[1].tool_calls', body([user, asks, user])],
  ['an open call at the end', 'messages.[1].tool_calls', body([user, asks])],
  ['a result without a call', 'messages.[1].role', body([user, answer])],
  ['a second result', 'messages.[3].tool_call_id', body([user, asks, answer, answer])],
  ['an id twice', 'messages.[3].tool_calls', body([user, asks, answer, asks, answer])],
  [
    'a result without an id',
    'messages.[2].tool_call_id',
    body([user, asks, { role: 'tool', content: 'x' }]),
  ],
  [
    'a user who answers a call',
    'messages.[0].tool_call_id',
    body([{ ...user, tool_call_id: 'c1' }]),
  ],
  ['a user who calls', 'messages.[0].tool_calls', body([{ ...user, tool_calls: [call('c1')] }])],
  [
    'no calls in the list',
    'messages.[1].tool_calls',
    body([user, { ...asks, content: 'x', tool_calls: [] }]),
  ],
  [
    'a call that is none',
    'messages.[1].tool_calls.[0]',
    body([user, { ...asks, tool_calls: [{ id: 'c1' }] }, answer]),
  ],
  [
    'a long id',
    'messages.[1].tool_calls.[0].id',
    body([
      user,
      { ...asks, tool_calls: [call('c'.repeat(41))] },
      { ...answer, tool_call_id: 'c'.repeat(41) },
    ]),
  ],
  [
    'a function name with a dot',
    'messages.[1].tool_calls.[0].function.name',
    body([user, { ...asks, tool_calls: [call('c1', 'look.up')] }, answer]),
  ],
  [
    'arguments that are no JSON',
    'messages.[1].tool_calls.[0].function.arguments',
    body([user, { ...asks, tool_calls: [call('c1', 'look_up', '{"id":')] }, answer]),
  ],
  [
    'arguments that are a list',
    'messages.[1].tool_calls.[0].function.arguments',
    body([user, { ...asks, tool_calls: [call('c1', 'look_up', '[]')] }, answer]),
  ],
  ['no tools in the list', 'tools', body([user], { tools: [] })],
  ['a tool that is none', 'tools.[0]', body([user], { tools: [{ name: 'look_up' }] })],
  [
    'a tool with a long name',
    'tools.[0].function.name',
    body([user], { tools: [{ type: 'function', function: { name: 'x'.repeat(65) } }] }),
  ],
  ['two tools of one name', 'tools.[1].function.name', body([user], { tools: [tool, tool] })],
  [
    'parameters that are no object',
    'tools.[0].function.parameters',
    body([user], {
      tools: [{ type: 'function', function: { name: 'x', parameters: { type: 'string' } } }],
    }),
  ],
  ['a choice without tools', 'tool_choice', body([user], { tool_choice: 'auto' })],
  ['stream options without a stream', 'stream_options', body([user], { stream_options: {} })],
  [
    'a schema without a name',
    'response_format.json_schema.name',
    body([user], { response_format: { type: 'json_schema', json_schema: { schema: {} } } }),
  ],
])('refuses %s', (_name, param, request) => {
  const problems = checkOpenAiChatRequest(request);
  expect(problems.map((problem) => problem.param)).toContain(param);
  for (const { message } of problems) expect(message.length).toBeGreaterThan(5);
});
