import { expect, test } from 'vitest';
import { checkOpenAiResponsesRequest } from './check-openai-responses-request.ts';

const user = { role: 'user', content: [{ type: 'input_text', text: 'Where is order 7?' }] };
const says = {
  role: 'assistant',
  content: [{ type: 'output_text', text: 'Shelf 3.' }],
  id: 'msg_1',
};
const call = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'c1',
  name: 'look_up',
  arguments: '{"id":7}',
};
const output = { type: 'function_call_output', call_id: 'c1', output: '{"shelf":3}' };
const thought = { type: 'reasoning', id: 'rs_1', summary: [] };
const tool = { type: 'function', name: 'look_up', parameters: { type: 'object' } };
const body = (input: unknown, extra: object = {}) => ({ model: 'small', input, ...extra });
const { call_id: _, ...callWithoutId } = call;

test.each<readonly [string, unknown]>([
  ['a text', body('Where is order 7?')],
  ['instructions among the items', body([{ role: 'developer', content: 'Be brief.' }, user])],
  ['a finished call', body([user, call, output, says, user], { tools: [tool] })],
  ['a call of the old kind of item', body([user, { ...call, id: undefined }, output])],
  ['results after a later item', body([user, call, says, output])],
  [
    'parallel calls in any order',
    body([
      user,
      call,
      { ...call, id: 'fc_2', call_id: 'c2' },
      { ...output, call_id: 'c2', output: '' },
      output,
    ]),
  ],
  ['reasoning before a call', body([user, thought, call, output])],
  ['two thoughts before an answer', body([user, thought, { ...thought, id: 'rs_2' }, says])],
  [
    'reasoning that is nowhere stored',
    body([user, { ...thought, encrypted_content: 'x' }, says], { store: false }),
  ],
  ['results of a stored response', body([output], { previous_response_id: 'resp_1' })],
  ['results of a stored call', body([{ type: 'item_reference', id: 'fc_1' }, output])],
  ['a stored prompt', { model: 'small', prompt: { id: 'pmpt_1' } }],
  ['a tool of OpenAI', body([user], { tools: [{ type: 'web_search' }], tool_choice: 'auto' })],
  [
    'a schema',
    body([user], { text: { format: { type: 'json_schema', name: 'answer', schema: {} } } }),
  ],
  [
    'parts as a result',
    body([user, call, { ...output, output: [{ type: 'input_text', text: 'x' }] }]),
  ],
])('accepts %s', (_name, request) => {
  expect(checkOpenAiResponsesRequest(request)).toEqual([]);
});

test.each<readonly [string, string | null, RegExp, unknown]>([
  ['no object', null, /JSON/, 'hello'],
  ['no model', 'model', /Missing/, { input: 'x' }],
  ['no input', 'input', /Missing/, { model: 'small' }],
  ['a blank input', 'input', /blank/, body(' ')],
  ['an empty list', 'input', /empty array/, body([])],
  ['input that is an object', 'input', /Invalid type/, body({})],
  ['an item that is none', 'input[0]', /object/, body(['hello'])],
  ['a body of chat completions', 'messages', /Unknown/, { ...body('x'), messages: [] }],
  [
    'a format of chat completions',
    'response_format',
    /text\.format/,
    body('x', { response_format: {} }),
  ],
  ['an unknown type', 'input[0].type', /Invalid value/, body([{ type: 'tool_use' }])],
  ['an unknown role', 'input[0].role', /Supported/, body([{ role: 'tool', content: 'x' }])],
  ['no content', 'input[0].content', /array/, body([{ role: 'user' }])],
  ['blank content', 'input[0].content', /blank/, body([{ role: 'user', content: '' }])],
  [
    'a blank part',
    'input[0].content[0].text',
    /blank/,
    body([{ role: 'user', content: [{ type: 'input_text', text: ' ' }] }]),
  ],
  [
    'a part of chat completions',
    'input[0].content[0].type',
    /input_text/,
    body([{ role: 'user', content: [{ type: 'text', text: 'x' }] }]),
  ],
  [
    'input of the assistant',
    'input[1].content[0].type',
    /output_text/,
    body([user, { ...says, content: user.content }]),
  ],
  ['an id of another provider', 'input[1].id', /'msg'/, body([user, { ...says, id: 'abc' }])],
  ['a long id', 'input[1].id', /too long/, body([user, { ...says, id: `msg_${'x'.repeat(61)}` }])],
  ['an id that is a number', 'input[1].id', /string/, body([user, { ...says, id: 7 }])],
  ['a call without an output', 'input', /No tool output found .* c1/, body([user, call, user])],
  ['an output without a call', 'input', /No tool call found .* c1/, body([user, output])],
  ['an output before its call', 'input', /No tool call found/, body([user, output, call])],
  ['a second output', 'input', /already/, body([user, call, output, output])],
  [
    'one call_id twice',
    'input',
    /more than once/,
    body([user, call, output, { ...call, id: 'fc_2' }, output]),
  ],
  ['one item twice', 'input', /Duplicate item found with id msg_1/, body([user, says, says, user])],
  ['a call without an id', 'input[1].call_id', /Missing/, body([user, callWithoutId])],
  [
    'a long call_id',
    'input[1].call_id',
    /maximum length 64/,
    body([user, { ...call, call_id: 'c'.repeat(65) }, { ...output, call_id: 'c'.repeat(65) }]),
  ],
  [
    'a name with a dot',
    'input[1].name',
    /look\.up/,
    body([user, { ...call, name: 'look.up' }, output]),
  ],
  [
    'arguments that are an object',
    'input[1].arguments',
    /JSON/,
    body([user, { ...call, arguments: {} }, output]),
  ],
  [
    'arguments cut off',
    'input[1].arguments',
    /JSON/,
    body([user, { ...call, arguments: '{"i' }, output]),
  ],
  [
    'an output that is an object',
    'input[2].output',
    /string/,
    body([user, call, { ...output, output: {} }]),
  ],
  ['reasoning at the end', 'input', /'rs_1' .*required following item/, body([user, thought])],
  ['reasoning before the user', 'input', /required following item/, body([user, thought, user])],
  [
    'reasoning before an output',
    'input',
    /required following item/,
    body([user, call, thought, output]),
  ],
  [
    'reasoning without a summary',
    'input[1].summary',
    /Missing/,
    body([user, { type: 'reasoning' }, says]),
  ],
  [
    'reasoning that was not stored',
    'input',
    /not found/,
    body([user, thought, says], { store: false }),
  ],
  [
    'a reference to what was not stored',
    'input',
    /not found/,
    body([{ type: 'item_reference', id: 'msg_9' }], { store: false }),
  ],
  ['a reference to nothing', 'input[0].id', /Missing/, body([{ type: 'item_reference' }])],
  ['tools that are no list', 'tools', /array/, body('x', { tools: {} })],
  [
    'a tool of chat completions',
    'tools[0].name',
    /Missing/,
    body('x', { tools: [{ type: 'function', function: { name: 'look_up' } }] }),
  ],
  ['a tool without a type', 'tools[0].type', /Missing/, body('x', { tools: [{ name: 'x' }] })],
  ['two tools of one name', 'tools[1].name', /unique/, body('x', { tools: [tool, tool] })],
  ['a long name', 'tools[0].name', /64/, body('x', { tools: [{ ...tool, name: 'x'.repeat(65) }] })],
  [
    'a tool without a schema',
    'tools[0].parameters',
    /object/,
    body('x', { tools: [{ ...tool, parameters: {} }] }),
  ],
  ['a choice without tools', 'tool_choice', /empty/, body('x', { tool_choice: 'required' })],
  [
    'a schema without a name',
    'text.format.name',
    /Invalid/,
    body('x', { text: { format: { type: 'json_schema', schema: {} } } }),
  ],
])('refuses %s', (_name, param, message, request) => {
  const [first] = checkOpenAiResponsesRequest(request);
  expect(first).toMatchObject({ param, message: expect.stringMatching(message) });
});
