import { expect, test } from 'vitest';
import { checkGeminiRequest } from './check-gemini-request.ts';

const user = (...parts: unknown[]) => ({ role: 'user', parts });
const model = (...parts: unknown[]) => ({ role: 'model', parts });
const asks = user({ text: 'Where is order 7?' });
const says = model({ text: 'Shelf 3.' });
const call = (name = 'look_up', id?: string) => ({
  functionCall: { name, args: { id: 7 }, ...(id === undefined ? {} : { id }) },
});
const response = (name = 'look_up', id?: string) => ({
  functionResponse: { name, response: { shelf: 3 }, ...(id === undefined ? {} : { id }) },
});
const declared = (...functionDeclarations: unknown[]) => ({ tools: [{ functionDeclarations }] });
const body = (contents: unknown, extra: object = {}) => ({ contents, ...extra });

test.each<readonly [string, unknown]>([
  ['a question', body([asks], { systemInstruction: { parts: [{ text: 'You find orders.' }] } })],
  ['a finished call', body([asks, model({ text: 'A moment.' }, call()), user(response())])],
  ['a later turn', body([asks, model(call()), user(response()), says, asks])],
  [
    'calls after responses',
    body([asks, model(call()), user(response()), model(call()), user(response())]),
  ],
  [
    'parallel calls in order',
    body([asks, model(call('a'), call('b')), user(response('a'), response('b'))]),
  ],
  [
    'parallel calls with ids in any order',
    body([
      asks,
      model(call('a', '1'), call('b', '2')),
      user(response('b', '2'), response('a', '1')),
    ]),
  ],
  ['two turns of the user', body([asks, asks])],
  [
    'a call without arguments',
    body([asks, model({ functionCall: { name: 'x' } }), user(response('x'))]),
  ],
  ['media', body([user({ inlineData: { mimeType: 'image/png', data: 'AAAA' } })])],
  ['a signature on an empty text', body([asks, model({ text: '', thoughtSignature: 's' }), asks])],
  ['functions', body([asks], declared({ name: 'look_up', parameters: { type: 'OBJECT' } }))],
  ['a tool of Google', body([asks], { tools: [{ googleSearch: {} }] })],
])('accepts %s', (_name, request) => {
  expect(checkGeminiRequest(request)).toEqual([]);
});

test.each<readonly [string, string | null, RegExp, unknown]>([
  ['no object', null, /JSON/, 'x'],
  ['no contents', 'contents', /not specified/, {}],
  ['an empty list', 'contents', /not specified/, body([])],
  ['a content that is none', 'contents[0]', /object/, body(['x'])],
  [
    'an empty system instruction',
    'systemInstruction',
    /must not be empty/,
    body([asks], { systemInstruction: { parts: [] } }),
  ],
  [
    'a blank system instruction',
    'systemInstruction.parts[0]',
    /blank/,
    body([asks], { systemInstruction: { parts: [{ text: '' }] } }),
  ],
  [
    'a role of OpenAI',
    'contents[1].role',
    /valid role: user, model/,
    body([asks, { role: 'assistant', parts: [{ text: 'x' }] }]),
  ],
  ['the model first', 'contents[0].role', /begin/, body([says, asks])],
  ['the model last', 'contents[1]', /end with a user/, body([asks, says])],
  [
    'no parts',
    'contents[0].parts',
    /contents\[0\]\.parts: contents\.parts must not be empty/,
    body([user()]),
  ],
  ['an empty part', 'contents[0].parts[0]', /required oneof field 'data'/, body([user({})])],
  ['an empty text', 'contents[0].parts[0]', /required oneof/, body([user({ text: '' })])],
  ['a blank text', 'contents[0].parts[0].text', /blank/, body([user({ text: ' ' })])],
  [
    'two things in a part',
    'contents[0].parts[0]',
    /already set/,
    body([user({ text: 'x', fileData: {} })]),
  ],
  [
    'a call by the user',
    'contents[0].parts[0]',
    /can't hold a function call/,
    body([user(call())]),
  ],
  [
    'a response by the model',
    'contents[1].parts[0]',
    /can't hold a function response/,
    body([asks, model(response()), asks]),
  ],
  [
    'a call after the model',
    'contents[2]',
    /immediately after a user turn/,
    body([asks, says, model(call()), user(response())]),
  ],
  [
    'a call without a response',
    'contents[2]',
    /number of function response parts/,
    body([asks, model(call()), asks]),
  ],
  ['a call at the end', 'contents[1]', /end with/, body([asks, model(call())])],
  [
    'too few responses',
    'contents[2]',
    /number of function response parts/,
    body([asks, model(call('a'), call('b')), user(response('a'))]),
  ],
  [
    'responses in two turns',
    'contents[2]',
    /number of function response parts/,
    body([asks, model(call('a'), call('b')), user(response('a')), user(response('b'))]),
  ],
  [
    'a response to nothing',
    'contents[0]',
    /immediately after a function call turn/,
    body([user(response())]),
  ],
  [
    'a response too late',
    'contents[2]',
    /number of function/,
    body([asks, model(call()), asks, user(response())]),
  ],
  [
    'another name',
    'contents[2]',
    /"other" answers no function call/,
    body([asks, model(call()), user(response('other'))]),
  ],
  [
    'responses out of order',
    'contents[2]',
    /answers no function call/,
    body([asks, model(call('a'), call('b')), user(response('b'), response('a'))]),
  ],
  [
    'one id twice',
    'contents[2]',
    /unique/,
    body([
      asks,
      model(call('a', '1'), call('a', '1')),
      user(response('a', '1'), response('a', '1')),
    ]),
  ],
  [
    'a response that is a text',
    'contents[2].parts[0].function_response.response',
    /Struct/,
    body([asks, model(call()), user({ functionResponse: { name: 'look_up', response: 'x' } })]),
  ],
  [
    'arguments that are a text',
    'contents[1].parts[0].function_call.args',
    /Struct/,
    body([asks, model({ functionCall: { name: 'look_up', args: '{}' } }), user(response())]),
  ],
  [
    'a call without a name',
    'contents[1].parts[0].function_call.name',
    /cannot be empty/,
    body([asks, model({ functionCall: { args: {} } }), user(response())]),
  ],
  [
    'a call that is none',
    'contents[1].parts[0].function_call',
    /object/,
    body([asks, model({ functionCall: 'x' }), asks]),
  ],
  [
    'a function with a digit first',
    'tools[0].function_declarations[0].name',
    /Invalid function name/,
    body([asks], declared({ name: '2fa' })),
  ],
  [
    'two functions of one name',
    'tools[0].function_declarations[1].name',
    /Duplicate/,
    body([asks], declared({ name: 'a' }, { name: 'a' })),
  ],
  [
    'a function that is none',
    'tools[0].function_declarations[0]',
    /object/,
    body([asks], declared('x')),
  ],
  [
    'parameters that are no object',
    'tools[0].function_declarations[0].parameters',
    /OBJECT/,
    body([asks], declared({ name: 'a', parameters: { type: 'string' } })),
  ],
  ['a tool that is none', 'tools[0]', /object/, body([asks], { tools: ['x'] })],
])('refuses %s', (_name, param, message, request) => {
  const [first] = checkGeminiRequest(request);
  expect(first).toMatchObject({ param, message: expect.stringMatching(message) });
});
