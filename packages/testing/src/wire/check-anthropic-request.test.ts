import { expect, test } from 'vitest';
import { checkAnthropicRequest } from './check-anthropic-request.ts';

const user = { role: 'user', content: 'Where is order 7?' };
const use = { type: 'tool_use', id: 'c1', name: 'look_up', input: { id: 7 } };
const result = { type: 'tool_result', tool_use_id: 'c1', content: '{"shelf":3}' };
const says = { role: 'assistant', content: 'Shelf 3.' };
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });
const from = (...content: unknown[]) => ({ role: 'user', content });
const tool = { name: 'look_up', input_schema: { type: 'object' } };
const body = (messages: unknown, extra: object = {}) => ({
  model: 'claude',
  max_tokens: 100,
  messages,
  ...extra,
});
const text = (value: string) => ({ type: 'text', text: value });

test.each<readonly [string, unknown]>([
  ['a question', body([user], { system: 'You find orders.' })],
  ['system blocks', body([user], { system: [text('You find orders.')] })],
  [
    'a finished call',
    body([user, assistant(text('A moment.'), use), from(result)], { tools: [tool] }),
  ],
  ['tool blocks without tools', body([user, assistant(use), from(result), says, user])],
  ['text after the results', body([user, assistant(use), from(result, text('Well?'))])],
  [
    'results without content',
    body([user, assistant(use), from({ ...result, content: undefined })]),
  ],
  ['an error', body([user, assistant(use), from({ ...result, is_error: true })])],
  [
    'turns that are joined',
    body([user, user, assistant(text('Wait.')), assistant(use), from(result)]),
  ],
  [
    'results of one turn in several messages',
    body([
      user,
      assistant(use, { ...use, id: 'c2' }),
      from({ ...result, tool_use_id: 'c2' }),
      from(result),
    ]),
  ],
  [
    'thinking',
    body([
      user,
      assistant({ type: 'thinking', thinking: 'Hm', signature: 's' }, use),
      from(result),
    ]),
  ],
  [
    'an image',
    body([from({ type: 'image', source: { type: 'url', url: 'https://example.com' } })]),
  ],
  ['a tool of Anthropic', body([user], { tools: [{ type: 'bash_20250124', name: 'bash' }] })],
])('accepts %s', (_name, request) => {
  expect(checkAnthropicRequest(request)).toEqual([]);
});

test.each<readonly [string, string | null, RegExp, unknown]>([
  ['no object', null, /JSON/, []],
  ['no model', 'model', /required/, { max_tokens: 1, messages: [user] }],
  ['no limit', 'max_tokens', /required/, { model: 'claude', messages: [user] }],
  ['a limit of 0', 'max_tokens', /greater/, body([user], { max_tokens: 0 })],
  ['half a token', 'max_tokens', /integer/, body([user], { max_tokens: 1.5 })],
  ['no messages', 'messages', /required/, { model: 'claude', max_tokens: 1 }],
  ['messages that are no list', 'messages', /array/, body({})],
  ['an empty list', 'messages', /at least one/, body([])],
  ['a message that is none', 'messages.0', /object/, body(['x'])],
  ['a blank system prompt', 'system', /non-empty/, body([user], { system: '' })],
  ['a system prompt that is none', 'system.0', /text block/, body([user], { system: [{}] })],
  [
    'a system message',
    'messages.0.role',
    /top-level/,
    body([{ role: 'system', content: 'x' }, user]),
  ],
  [
    'a tool message',
    'messages.1.role',
    /'user' or 'assistant'/,
    body([user, { role: 'tool', content: 'x' }]),
  ],
  ['the assistant first', 'messages.0', /first message/, body([says, user])],
  ['the assistant last', 'messages', /prefill/, body([user, says])],
  ['whitespace at its end', 'messages', /whitespace/, body([user, { ...says, content: 'Well, ' }])],
  ['no content', 'messages.0.content', /string or array/, body([{ role: 'user' }])],
  ['no blocks', 'messages.0.content', /non-empty/, body([from()])],
  ['an empty text', 'messages', /non-empty/, body([{ role: 'user', content: '' }])],
  ['a blank text', 'messages', /non-whitespace/, body([from(text(' \n'))])],
  [
    'a block of OpenAI',
    'messages.0.content.0',
    /Input tag "image_url"/,
    body([from({ type: 'image_url' })]),
  ],
  [
    'an image without a source',
    'messages.0.content.0.image.source',
    /required/,
    body([from({ type: 'image' })]),
  ],
  ['a call by the user', 'messages.0.content.0', /only be in `assistant`/, body([from(use)])],
  [
    'a result by the assistant',
    'messages.1.content.0',
    /only be in `user`/,
    body([user, assistant(result), user]),
  ],
  [
    'a call without a result',
    'messages.1',
    /immediately after: c1/,
    body([user, assistant(use), user]),
  ],
  ['a call at the end', 'messages', /prefill/, body([user, assistant(use)])],
  [
    'text before the result',
    'messages.1',
    /immediately after/,
    body([user, assistant(use), from(text('Well?'), result)]),
  ],
  [
    'a result too late',
    'messages.1',
    /immediately after/,
    body([user, assistant(use), user, says, from(result)]),
  ],
  [
    'a result without a call',
    'messages.2.content.0',
    /unexpected `tool_use_id`/,
    body([user, says, from(result)]),
  ],
  ['a result at the beginning', 'messages.0.content.0', /unexpected/, body([from(result)])],
  [
    'two results',
    'messages.2.content.1',
    /single result/,
    body([user, assistant(use), from(result, result)]),
  ],
  [
    'one id twice',
    'messages.3',
    /unique/,
    body([user, assistant(use), from(result), assistant(use), from(result)]),
  ],
  [
    'one id twice in a turn',
    'messages.1',
    /unique/,
    body([user, assistant(use, use), from(result)]),
  ],
  [
    'an id with a colon',
    'messages.1.content.0.tool_use.id',
    /pattern/,
    body([user, assistant({ ...use, id: 'c:1' }), from({ ...result, tool_use_id: 'c:1' })]),
  ],
  [
    'a call without an id',
    'messages.1.content.0.tool_use.id',
    /required/,
    body([user, assistant({ ...use, id: undefined }), user]),
  ],
  [
    'a name with a dot',
    'messages.1.content.0.tool_use.name',
    /pattern/,
    body([user, assistant({ ...use, name: 'look.up' }), from(result)]),
  ],
  [
    'input that is text',
    'messages.1.content.0.tool_use.input',
    /dictionary/,
    body([user, assistant({ ...use, input: '{}' }), from(result)]),
  ],
  [
    'an error that says nothing',
    'messages.2.content.0.tool_result',
    /is_error/,
    body([user, assistant(use), from({ ...result, is_error: true, content: [] })]),
  ],
  [
    'a blank text in a result',
    'messages',
    /non-empty/,
    body([user, assistant(use), from({ ...result, content: [text('')] })]),
  ],
  [
    'a result that is an object',
    'messages.2.content.0.tool_result.content',
    /string or array/,
    body([user, assistant(use), from({ ...result, content: {} })]),
  ],
  [
    'a result of other blocks',
    'messages.2.content.0.tool_result.content.0',
    /Input tag/,
    body([user, assistant(use), from({ ...result, content: [{ type: 'input_text' }] })]),
  ],
  [
    'thinking that nobody signed',
    'messages.1.content.0.thinking.signature',
    /required/,
    body([user, assistant({ type: 'thinking', thinking: 'Hm' }, text('x')), user]),
  ],
  ['tools that are no list', 'tools', /array/, body([user], { tools: {} })],
  ['a tool that is none', 'tools.0', /object/, body([user], { tools: ['x'] })],
  [
    'a tool of OpenAI',
    'tools.0.custom.input_schema',
    /required/,
    body([user], { tools: [{ name: 'x', parameters: {} }] }),
  ],
  [
    'a schema that is no object',
    'tools.0.custom.input_schema.type',
    /'object'/,
    body([user], { tools: [{ ...tool, input_schema: {} }] }),
  ],
  [
    'a long tool name',
    'tools.0.custom.name',
    /64/,
    body([user], { tools: [{ ...tool, name: 'x'.repeat(65) }] }),
  ],
  ['two tools of one name', 'tools', /unique/, body([user], { tools: [tool, tool] })],
  [
    'a choice without tools',
    'tool_choice',
    /tools/,
    body([user], { tool_choice: { type: 'any' } }),
  ],
])('refuses %s', (_name, param, message, request) => {
  const [first] = checkAnthropicRequest(request);
  expect(first).toMatchObject({ param, message: expect.stringMatching(message) });
});
