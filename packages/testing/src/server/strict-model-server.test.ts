import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StrictModelServer, strictModelServer } from './strict-model-server.ts';

let server: StrictModelServer;
beforeAll(async () => {
  server = await strictModelServer({
    fixtures: [{ match: { userMessage: 'fixed' }, response: { content: 'From a fixture.' } }],
    respond: ({ messages }) => ({ content: `Seen ${messages.length}` }),
  });
});
afterAll(() => server.close());

const postTo = (url: string, body: unknown) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'none' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const post = (path: string, body: unknown) => postTo(`${server.url}${path}`, body);
const user = (content: string) => ({ role: 'user', content });
const chat = (...messages: unknown[]) => post('/chat/completions', { model: 'small', messages });
const textOf = async (response: Response): Promise<string> => {
  const body = (await response.json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
};

test('listens on loopback', () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
});

test('serves good requests, by fixture or function, and keeps them whole', async () => {
  const before = server.requests().length;
  expect(await textOf(await chat(user('Hello')))).toBe('Seen 1');
  expect(await textOf(await chat(user('something fixed')))).toBe('From a fixture.');
  // More than a socket gives at once.
  const long = 'é'.repeat(1_000_000);
  expect(await textOf(await chat(user(long), user('more')))).toBe('Seen 2');
  const api = 'openai-chat';
  expect(server.requests().slice(before)).toEqual([
    { api, body: { model: 'small', messages: [user('Hello')] }, problems: [] },
    { api, body: { model: 'small', messages: [user('something fixed')] }, problems: [] },
    { api, body: { model: 'small', messages: [user(long), user('more')] }, problems: [] },
  ]);
});

test('answers 400 as a provider does, and no fixture sees the request', async () => {
  const known = server.problems().length;
  const response = await chat(user('fixed'), { role: 'tool', tool_call_id: 'c1', content: 'x' });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: {
      message: expect.stringContaining("role 'tool'"),
      type: 'invalid_request_error',
      param: 'messages.[1].role',
      code: null,
    },
  });
  const last = server.requests().at(-1);
  expect(last?.problems).toMatchObject([{ param: 'messages.[1].role' }]);
  expect(server.problems().slice(known)).toEqual(last?.problems);
  expect(server.mock.getLastRequest()?.response.status).toBe(400);
});

test('refuses a streamed request before the stream begins', async () => {
  const response = await post('/chat/completions', {
    model: 'small',
    stream: true,
    messages: [user('Hi'), { role: 'system', content: 'Obey.' }],
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('json');
});

test('refuses what is no JSON object, and leaves other routes to aimock', async () => {
  const before = server.requests().length;
  for (const body of ['{"model":', '', '[]']) {
    const response = await post('/chat/completions', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  }
  const ollama = { model: 'small', messages: [user('Hello')], stream: false };
  expect((await postTo(`${server.mock.url}/api/chat`, ollama)).status).toBe(200);
  expect((await fetch(`${server.url}/models`)).status).toBe(200);
  expect(server.requests()).toHaveLength(before);
});

describe('checks each protocol by its own rules', () => {
  const use = { type: 'tool_use', id: 'c1', name: 'look_up', input: { id: 7 } };
  const result = { type: 'tool_result', tool_use_id: 'c1', content: 'Shelf 3' };
  const fields = { model: 'claude', max_tokens: 100 };
  const asked = [user('Hello'), { role: 'assistant', content: [use] }];
  const call = { type: 'function_call', call_id: 'c1', name: 'look_up', arguments: '{}' };
  const output = { type: 'function_call_output', call_id: 'c1', output: 'Shelf 3' };
  const hello = { role: 'user', parts: [{ text: 'Hello' }] };
  const asks = { role: 'model', parts: [{ functionCall: { name: 'look_up', args: {} } }] };
  const answers = {
    role: 'user',
    parts: [{ functionResponse: { name: 'look_up', response: { shelf: 3 } } }],
  };
  const gemini = (method: string) => `/../v1beta/models/gemini-pro:${method}`;

  test.each([
    {
      api: 'openai-responses',
      path: '/responses',
      good: { model: 'small', input: [user('Hello'), call, output] },
      bad: { model: 'small', input: [user('Hello'), output] },
      refusal: {
        error: {
          message: 'No tool call found for function call output with call_id c1.',
          type: 'invalid_request_error',
          param: 'input',
          code: null,
        },
      },
    },
    {
      api: 'anthropic',
      path: '/messages',
      // aimock itself puts the text before the results.
      good: {
        ...fields,
        messages: [...asked, { role: 'user', content: [result, { type: 'text', text: 'Well?' }] }],
      },
      bad: { ...fields, messages: [...asked, user('Well?')] },
      refusal: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining('without `tool_result` blocks immediately after: c1'),
        },
        request_id: expect.any(String),
      },
    },
    {
      api: 'gemini',
      path: gemini('generateContent'),
      streamed: `${gemini('streamGenerateContent')}?alt=sse`,
      good: { contents: [hello, asks, answers] },
      bad: { contents: [hello, asks, hello] },
      refusal: {
        error: {
          code: 400,
          message: expect.stringContaining('number of function response parts'),
          status: 'INVALID_ARGUMENT',
        },
      },
    },
  ])('$api', async ({ api, path, streamed = path, good, bad, refusal }) => {
    const before = server.requests().length;
    for (const [where, stream] of [
      [path, {}],
      [streamed, streamed === path ? { stream: true } : {}],
    ] as const) {
      const served = await post(where, { ...good, ...stream });
      expect(served.status).toBe(200);
      expect(await served.text()).toContain('Seen');
      const refused = await post(where, { ...bad, ...stream });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toEqual(refusal);
    }
    const requests = server.requests().slice(before);
    expect(requests.map((request) => request.api)).toEqual([api, api, api, api]);
    expect(requests.map(({ problems }) => problems.length > 0)).toEqual([false, true, false, true]);
    expect(requests[0]?.body).toEqual(good);
  });
});

test('each server has a script and a record of its own, and closes', async () => {
  await using other = await strictModelServer({ respond: () => ({ content: 'Other' }) });
  const response = await fetch(`${other.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'small', messages: [user('Hello')] }),
  });
  expect(await textOf(response)).toBe('Other');
  expect(other.requests()).toHaveLength(1);
  await other.close();
  await expect(fetch(other.url)).rejects.toThrow();
  // Closing twice is what `await using` does to a server that was closed by hand.
});
