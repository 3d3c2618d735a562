import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StrictModelServer, strictModelServer } from './strict-model-server.ts';

let server: StrictModelServer;
beforeAll(async () => {
  server = await strictModelServer({
    fixtures: [{ match: { userMessage: 'fixed' }, response: { content: 'From a fixture.' } }],
    respond: ({ messages }) => ({ content: `Seen ${messages.length}` }),
  });
});
afterAll(() => server.close());

const post = (path: string, body: unknown) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'none' },
    body: JSON.stringify(body),
  });
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
  const long = 'x'.repeat(100_000);
  expect(await textOf(await chat(user(long), user('more')))).toBe('Seen 2');
  expect(server.requests().slice(before)).toEqual([
    { body: { model: 'small', messages: [user('Hello')] }, problems: [] },
    { body: { model: 'small', messages: [user('something fixed')] }, problems: [] },
    { body: { model: 'small', messages: [user(long), user('more')] }, problems: [] },
  ]);
});

test('answers 400 as a provider does, and no fixture sees the request', async () => {
  const response = await chat(user('fixed'), { role: 'tool', tool_call_id: 'c1', content: 'x' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: {
      message: expect.stringContaining("role 'tool'"),
      type: 'invalid_request_error',
      param: 'messages.[1].role',
    },
  });
  const last = server.requests().at(-1);
  expect(last?.problems).toMatchObject([{ param: 'messages.[1].role' }]);
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

test('serves and checks the messages of Anthropic too', async () => {
  const anthropic = (...messages: unknown[]) =>
    post('/messages', { model: 'claude', max_tokens: 100, messages });
  const asks = {
    role: 'assistant',
    content: [{ type: 'tool_use', id: 'c1', name: 'look_up', input: { id: 7 } }],
  };
  const answer = {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'Shelf 3' }],
  };
  expect((await anthropic(user('Hello'), asks, answer)).status).toBe(200);
  expect((await anthropic(user('Hello'), asks, user('Well?'))).status).toBe(400);
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
