import {
  HandoffError,
  type HandoffTool,
  type HandoffToolResult,
  type Json,
  type ModelRequest,
  message,
} from '@agent-handoff/core/adapter';
import { describe, expect, test, vi } from 'vitest';
import { never, untilAborted } from './hanging.ts';
import { requestText } from './recorded-request.ts';
import { scriptedModel } from './scripted-model.ts';

const request = (given: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [message.user('Where is order 7?')],
  tools: [],
  signal: new AbortController().signal,
  ...given,
});
const tool = (
  name: string,
  execute: (input: Json) => HandoffToolResult | Promise<HandoffToolResult>,
) => {
  const spy = vi.fn<HandoffTool['execute']>((input) => execute(input));
  return { name, description: `Runs ${name}`, inputSchema: { type: 'object' }, execute: spy };
};

test('answers from the script, in order, and remembers deep copies', async () => {
  const model = scriptedModel(['One.', 'Two.']);
  const messages = [message.user('Hello')];
  const first = await model.generate(request({ messages, systemPrompt: 'Be brief.' }));
  expect(first).toEqual({
    status: 'completed',
    output: 'One.',
    messages: [message.assistant('One.')],
    // 'Be brief.\nHello' is 15 characters, 'One.' is 4.
    usage: { inputTokens: 4, outputTokens: 1, totalTokens: 5 },
  });
  messages.push(message.user('later'));
  expect(model.requests).toMatchObject([
    { systemPrompt: 'Be brief.', messages: [message.user('Hello')], tools: [], isStreamed: false },
  ]);
  expect(model.requests[0]?.messages).toHaveLength(1);
  expect(requestText(model.requests[0] as never)).toBe('Be brief.\nHello');
  expect(model.left).toBe(1);
  await model.generate(request());
  await expect(model.generate(request())).rejects.toThrow(/2 replies and was asked for number 3/);
  expect(model.left).toBe(0);
  const brief = scriptedModel(['only']);
  await brief.generate(request());
  await expect(brief.generate(request())).rejects.toThrow(/has 1 reply and was asked for number 2/);
});

test('one step that is not in a list answers every call', async () => {
  const model = scriptedModel(({ messages }) => `Seen ${messages.length}`);
  expect((await model.generate(request())).output).toBe('Seen 1');
  expect((await model.generate(request())).output).toBe('Seen 1');
  expect(model.left).toBe(Number.POSITIVE_INFINITY);
});

test('runs the offered tools and goes on with their results', async () => {
  const lookUp = tool('look_up', async () => ({ output: { shelf: 3 } }));
  const broken = tool('break', () => {
    throw new Error('the drawer is stuck');
  });
  const model = scriptedModel([
    {
      text: 'Looking.',
      toolCalls: [
        { name: 'look_up', input: { id: 7 } },
        { name: 'break', id: 'mine' },
        { name: 'unheard_of' },
      ],
    },
    'Shelf 3.',
  ]);
  const answer = await model.generate(request({ tools: [lookUp, broken] }));
  expect(answer).toMatchObject({ status: 'completed', output: 'Shelf 3.' });
  expect(lookUp.execute).toHaveBeenCalledWith(
    { id: 7 },
    { toolCallId: 'call-1', signal: expect.any(AbortSignal) },
  );
  expect(answer.messages).toEqual([
    message.assistant([
      { type: 'text', content: 'Looking.' },
      { type: 'tool_call', id: 'call-1', name: 'look_up', arguments: { id: 7 } },
      { type: 'tool_call', id: 'mine', name: 'break', arguments: {} },
      { type: 'tool_call', id: 'call-2', name: 'unheard_of', arguments: {} },
    ]),
    message.tool('call-1', { shelf: 3 }),
    message.tool('mine', 'the drawer is stuck', { isError: true }),
    message.tool('call-2', 'There is no tool named "unheard_of".', { isError: true }),
    message.assistant('Shelf 3.'),
  ]);
  expect(model.requests).toHaveLength(1);
  expect(model.calls.map(({ messages }) => messages.length)).toEqual([1, 5]);
  expect(answer.usage.totalTokens).toBeGreaterThan(20);
});

test('after endsTurn every call is answered and no step is used', async () => {
  const transfer = tool('transfer_to_billing', () => ({ output: 'Transferred.', endsTurn: true }));
  const lookUp = tool('look_up', () => ({ output: 3 }));
  const model = scriptedModel([
    {
      text: 'Billing takes over.',
      toolCalls: [{ name: 'transfer_to_billing' }, { name: 'look_up' }],
    },
    'Never asked for.',
  ]);
  const answer = await model.generate(request({ tools: [transfer, lookUp] }));
  expect(answer).toMatchObject({ status: 'completed', output: 'Billing takes over.' });
  expect(answer.messages.slice(1)).toEqual([
    message.tool('call-1', 'Transferred.'),
    message.tool('call-2', 3),
  ]);
  expect(model.left).toBe(1);
});

test('calls the tools of a turn together, or one by one in their order', async () => {
  for (const oneByOne of [false, true]) {
    const log: string[] = [];
    const slow = (name: string) =>
      tool(name, async () => {
        log.push(`${name} begins`);
        // The later the call, the sooner it is done.
        for (let n = name === 'transfer_to_a' ? 9 : 1; n > 0; n--) await Promise.resolve();
        log.push(`${name} ends`);
        return { output: name, endsTurn: name === 'transfer_to_a' };
      });
    const names = ['transfer_to_a', 'search', 'transfer_to_b'];
    const model = scriptedModel([
      { text: 'Off to a.', toolCalls: names.map((name) => ({ name })), oneByOne },
    ]);
    const answer = await model.generate(request({ tools: names.map(slow) }));
    expect(answer).toMatchObject({ status: 'completed', output: 'Off to a.' });
    expect(answer.messages.slice(1)).toEqual(
      names.map((name, n) => message.tool(`call-${n + 1}`, name)),
    );
    const together = [...names.map((name) => `${name} begins`)];
    const ordered = names.flatMap((name) => [`${name} begins`, `${name} ends`]);
    expect(oneByOne ? log : log.slice(0, 3)).toEqual(oneByOne ? ordered : together);
    expect(model.left).toBe(0);
  }
});

test('one by one, no tool is called after an abort', async () => {
  const controller = new AbortController();
  const first = tool('first', () => {
    controller.abort(new Error('enough'));
    return { output: null };
  });
  const second = tool('second', () => ({ output: null }));
  const model = scriptedModel([
    { toolCalls: [{ name: 'first' }, { name: 'second' }], oneByOne: true },
  ]);
  const tools = [first, second];
  await expect(model.generate(request({ tools, signal: controller.signal }))).rejects.toThrow(
    'enough',
  );
  expect(second.execute).not.toHaveBeenCalled();
});

test('writes arguments as models do, good and bad', async () => {
  const search = tool('search', (input) => ({ output: input }));
  const model = scriptedModel([
    {
      toolCalls: [
        { name: 'search', inputText: '{"query":"a"}' },
        { name: 'search', inputText: '{"query":' },
        { name: 'search', inputText: '["a"]' },
        { name: 'search', input: 'plain' },
      ],
    },
    // It goes on, so a strict provider takes what it has made of these.
    'Found.',
  ]);
  const { messages } = await model.generate(request({ tools: [search] }));
  expect(search.execute.mock.calls.map(([input]) => input)).toEqual([
    { query: 'a' },
    ['a'],
    'plain',
  ]);
  expect(messages[0]?.parts).toMatchObject([
    { arguments: { query: 'a' } },
    { arguments: { value: '{"query":' } },
    { arguments: { value: ['a'] } },
    { arguments: { value: 'plain' } },
  ]);
  expect(messages[2]).toEqual(
    message.tool('call-2', 'The arguments of "search" are no JSON.', { isError: true }),
  );
});

test('a step can be made from the request', async () => {
  const model = scriptedModel(({ tools, messages, systemPrompt = '' }) =>
    messages.length === 1
      ? { text: systemPrompt, toolCalls: tools.map(({ name }) => ({ name })) }
      : 'Done.',
  );
  const tools = [
    tool('transfer_to_a', () => ({ output: 1 })),
    tool('search', () => ({ output: 2 })),
  ];
  const { messages } = await model.generate(request({ tools, systemPrompt: 'Ask all.' }));
  expect(messages.map(({ parts }) => parts.length)).toEqual([3, 1, 1, 1]);
});

test('answers as given, after the turns before', async () => {
  const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
  const model = scriptedModel(
    [
      { toolCalls: [{ name: 'none' }] },
      {
        status: 'incomplete',
        output: 'It is in',
        messages: [message.assistant('It is in')],
        usage,
      },
    ],
    { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15, costUsd: 0.5 } },
  );
  const answer = await model.generate(request());
  expect(answer).toMatchObject({ status: 'incomplete', output: 'It is in' });
  expect(answer.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
  expect(answer.usage).toEqual({ inputTokens: 11, outputTokens: 7, totalTokens: 18, costUsd: 0.5 });
});

test('reads the structured answer where one was asked for', async () => {
  const model = scriptedModel(['{"shelf":3}', 'no JSON', '{"shelf":3}']);
  const outputSchema = { type: 'object' };
  expect((await model.generate(request({ outputSchema }))).data).toEqual({ shelf: 3 });
  expect(await model.generate(request({ outputSchema }))).not.toHaveProperty('data');
  expect(await model.generate(request())).not.toHaveProperty('data');
  expect(model.requests[0]?.outputSchema).toEqual(outputSchema);
});

test('streams words and tool calls to whoever listens', async () => {
  const events: unknown[] = [];
  const model = scriptedModel([{ text: 'A moment.', toolCalls: [{ name: 'x' }] }, 'On  shelf 3.']);
  await model.generate(request({ onEvent: (event) => events.push(event) }));
  expect(events).toEqual([
    { type: 'output-delta', delta: 'A ' },
    { type: 'output-delta', delta: 'moment.' },
    { type: 'tool-called', toolCallId: 'call-1', toolName: 'x' },
    { type: 'output-delta', delta: 'On  ' },
    { type: 'output-delta', delta: 'shelf ' },
    { type: 'output-delta', delta: '3.' },
  ]);
  expect(model.requests[0]?.isStreamed).toBe(true);
});

describe('failures and aborts', () => {
  test('throws the errors of the script', async () => {
    const error = new HandoffError('AGENT_FAILED', 'The provider is down.');
    const model = scriptedModel([error, () => Promise.reject(new Error('mine')), () => error]);
    await expect(model.generate(request())).rejects.toBe(error);
    await expect(model.generate(request())).rejects.toThrow('mine');
    await expect(model.generate(request())).rejects.toBe(error);
  });

  test('an abort rejects at once with its reason, whatever the model and its tools do', async () => {
    const reason = new Error('enough');
    const stuck = tool('stuck', () => new Promise<never>(() => {}));
    for (const step of [never, untilAborted, { toolCalls: [{ name: 'stuck' }] }] as const) {
      const controller = new AbortController();
      const answer = scriptedModel([step]).generate(
        request({ tools: [stuck], signal: controller.signal }),
      );
      setTimeout(() => controller.abort(reason), 5);
      await expect(answer).rejects.toBe(reason);
    }
    const aborted = scriptedModel(['x']);
    await expect(aborted.generate(request({ signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    expect(aborted.left).toBe(1);
  });

  test('refuses what a strict provider refuses, unless told not to', async () => {
    const messages = [message.user('Hi'), message.tool('c1', 'answers nothing')];
    const strict = scriptedModel(['x']);
    await expect(strict.generate(request({ messages }))).rejects.toMatchObject({
      code: 'AGENT_FAILED',
      retryable: false,
      message: expect.stringContaining('"c1"'),
      details: { problems: [{ kind: 'orphan-result', index: 1 }] },
    });
    expect(strict.left).toBe(1);
    const lax = scriptedModel(['x'], { strict: false });
    expect((await lax.generate(request({ messages }))).output).toBe('x');
  });
});

test('draws no id for a call that the transcript has already', async () => {
  const model = scriptedModel([{ toolCalls: [{ name: 'look_up' }, { name: 'look_up' }] }, 'Done.']);
  const answer = await model.generate(
    request({
      messages: [
        message.user('Hello'),
        message.assistant([{ type: 'tool_call', id: 'call-1', name: 'other', arguments: {} }]),
        message.tool('call-1', 'ok'),
        message.user('Go on'),
      ],
      tools: [tool('look_up', () => ({ output: 3 }))],
    }),
  );
  const ids = answer.messages[0]?.parts.map((part) => 'id' in part && part.id);
  expect(ids).toEqual(['call-2', 'call-3']);
});
