import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scriptedModel } from '../../test/scripted-model.ts';
import {
  type CreateHandoffContextOptions,
  createHandoffContext,
} from '../context/create-handoff-context.ts';
import { message } from '../context/message.ts';
import { repairTranscript } from '../context/repair-transcript.ts';
import { toPrompt } from '../context/to-prompt.ts';
import { createHandoffAgent } from './create-handoff-agent.ts';
import type { ReceiveOptions } from './handoff-agent.ts';
import type { HandoffModel, ModelAnswer, ModelRequest } from './handoff-model.ts';
import type { HandoffTool } from './handoff-tool.ts';
import { noUsage } from './usage.ts';

const contextOf = (fields: Partial<CreateHandoffContextOptions> = {}) =>
  createHandoffContext({
    sourceAgentId: 'triage',
    targetAgentId: 'billing',
    originalTask: 'Refund order 1182',
    ...fields,
  });
const context = contextOf();

const tool = (name: string): HandoffTool => ({
  name,
  description: `Does ${name}`,
  inputSchema: { type: 'object' },
  execute: () => ({ output: 'done' }),
});
const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
});
const text = expect.stringMatching(/\S.*\.$/);
const instruction = { role: 'user', parts: [{ type: 'text', content: text }] };

describe('the request to a model', () => {
  it('is the prompt and the wish to go on, under the system prompt', async () => {
    const model = scriptedModel('Refunded.');
    const agent = createHandoffAgent({ id: 'billing', systemPrompt: 'You settle bills.', model });
    await agent.receiveHandoff(context);
    expect(model.requests).toEqual([
      {
        systemPrompt: 'You settle bills.',
        messages: [message.user(toPrompt(context)), instruction],
        tools: [],
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  it('has no key that nobody gave a value', async () => {
    const model = scriptedModel('Refunded.');
    await createHandoffAgent({ id: 'billing', model }).receiveHandoff(context);
    expect(Object.keys(model.requests[0] as object).sort()).toEqual([
      'messages',
      'signal',
      'tools',
    ]);
  });

  it('carries signal and events through', async () => {
    const model = scriptedModel('Refunded.');
    const { signal } = new AbortController();
    const onEvent = () => {};
    await createHandoffAgent({ id: 'billing', model }).receiveHandoff(context, { signal, onEvent });
    expect(model.requests[0]?.signal).toBe(signal);
    expect(model.requests[0]?.onEvent).toBe(onEvent);
  });

  it('fences what is not its own, as the options say', async () => {
    const model = scriptedModel('Refunded.');
    const known = contextOf({ findings: { a: 'x', b: 'y' } });
    const options: ReceiveOptions[] = [
      { origin: 'unverified', delimiter: 'delimiter-1' },
      { findingOrigins: { b: 'verified' }, delimiter: 'delimiter-2' },
    ];
    for (const one of options) {
      await createHandoffAgent({ id: 'billing', model }).receiveHandoff(known, one);
      const first = model.requests.at(-1)?.messages[0];
      expect(first).toEqual(message.user(toPrompt(known, one)));
      expect(first).not.toEqual(message.user(toPrompt(known)));
      expect(JSON.stringify(first)).toContain(one.delimiter);
    }
  });

  it('has the key messages in between, in a form that providers accept', async () => {
    const keyMessages = [
      message.system('You are triage.'),
      message.assistant([{ type: 'tool_call', id: 'call 1', name: 'look up', arguments: null }]),
      message.tool('unknown', 'orphan'),
    ];
    const model = scriptedModel('Refunded.');
    const handed = contextOf({ keyMessages });
    await createHandoffAgent({ id: 'billing', model }).receiveHandoff(handed);
    const repaired = repairTranscript(keyMessages);
    expect(repaired).not.toEqual(keyMessages);
    expect(model.requests[0]?.messages).toEqual([
      message.user(toPrompt(handed)),
      ...repaired,
      instruction,
    ]);
  });

  it('goes on from what an earlier attempt added, after the same opening', async () => {
    const resumeFrom = [
      message.user('Refund it'),
      message.assistant([{ type: 'tool_call', id: 'c1', name: 'approve', arguments: {} }]),
      message.tool('c1', 'approved'),
      message.tool('c1', 'said twice'),
    ];
    const model = scriptedModel('Refunded.');
    const agent = createHandoffAgent({ id: 'billing', model });
    const context = contextOf({ keyMessages: [message.user('Hello')] });
    const report = await agent.receiveHandoff(context, { resumeFrom });
    const first = scriptedModel('Refunded.');
    await agent.withModel?.(first).receiveHandoff(context);
    const opening = first.requests[0]?.messages ?? [];
    expect(opening).toHaveLength(3);
    expect(model.requests[0]?.messages).toEqual([...opening, ...repairTranscript(resumeFrom)]);
    expect(model.requests[0]?.messages).toHaveLength(6);
    expect(report.messages).toEqual([message.assistant('Refunded.')]);
  });

  it('leaves the calls open that were approved, and says so', async () => {
    const call = { type: 'tool_call', id: 'c1', name: 'refund', arguments: {} } as const;
    const resumeFrom = [message.assistant([call])];
    const seen: ModelRequest[] = [];
    const model: HandoffModel = {
      async generate(request) {
        seen.push(request);
        return { status: 'completed', output: 'Done.', messages: [], usage: noUsage };
      },
    };
    const agent = createHandoffAgent({ id: 'billing', model });
    await agent.receiveHandoff(contextOf(), { resumeFrom, approval: { by: 'ada' } });
    expect(seen[0]?.approval).toEqual({ by: 'ada' });
    expect(seen[0]?.messages.at(-1)).toEqual(resumeFrom[0]);
    await agent.receiveHandoff(contextOf(), { resumeFrom });
    expect(seen[1]?.approval).toBeUndefined();
    expect(seen[1]?.messages.at(-1)?.role).toBe('tool');
  });

  it('offers the tools that both scopes allow, and every handoff tool', async () => {
    const offered = async (scope: readonly string[] | undefined, own?: readonly string[]) => {
      const model = scriptedModel('Refunded.');
      const agent = createHandoffAgent({
        id: 'billing',
        model,
        tools: [tool('read'), tool('refund'), tool('delete')],
        ...(own === undefined ? {} : { scope: own }),
      });
      const tools = [tool('transfer_to_legal')];
      await agent.receiveHandoff(contextOf({ scope }), { tools });
      return model.requests[0]?.tools.map(({ name }) => name);
    };
    const handoff = 'transfer_to_legal';
    expect(await offered(undefined)).toEqual(['read', 'refund', 'delete', handoff]);
    expect(await offered(['*'])).toEqual(['read', 'refund', 'delete', handoff]);
    expect(await offered(['refund', 'read', 'other'])).toEqual(['read', 'refund', handoff]);
    expect(await offered([])).toEqual([handoff]);
    expect(await offered(['*'], ['read'])).toEqual(['read', handoff]);
    expect(await offered(['read', 'refund'], ['refund', 'delete'])).toEqual(['refund', handoff]);
    expect(await offered(['read'], ['*'])).toEqual(['read', handoff]);
    expect(await offered(['*'], [])).toEqual([handoff]);
  });

  it('refuses a handoff tool with the name of an own one that is offered', async () => {
    const model = scriptedModel('Refunded.');
    const agent = createHandoffAgent({ id: 'billing', model, tools: [tool('transfer_to_legal')] });
    const tools = [tool('transfer_to_sales'), tool('transfer_to_legal')];
    await expect(agent.receiveHandoff(context, { tools })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('"transfer_to_legal"'),
      details: { agentId: 'billing', tool: 'transfer_to_legal' },
    });
    expect(model.requests).toHaveLength(0);
    await agent.receiveHandoff(contextOf({ scope: [] }), { tools });
    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual([
      'transfer_to_sales',
      'transfer_to_legal',
    ]);
  });

  it('asks for the structured answer of the agent', async () => {
    const model = scriptedModel('{"refunded":true}');
    const dataSchema = z.object({ refunded: z.boolean() });
    await createHandoffAgent({ id: 'billing', model, dataSchema }).receiveHandoff(context);
    expect(model.requests[0]?.outputSchema).toMatchObject({
      type: 'object',
      properties: { refunded: { type: 'boolean' } },
    });
  });
});

describe('the report of a model', () => {
  it('is its answer, without what it left out', async () => {
    const answer = {
      output: 'Refunded.',
      messages: [message.assistant('Refunded.')],
      usage: usage(10, 5),
    };
    const model = scriptedModel(() => answer);
    const report = await createHandoffAgent({ id: 'billing', model }).receiveHandoff(context);
    expect(report).toEqual({ status: 'completed', ...answer });
    expect(Object.keys(report).sort()).toEqual(['messages', 'output', 'status', 'usage']);
  });

  it('asks once more where there was no text, and adds up both', async () => {
    const call = message.assistant([{ type: 'tool_call', id: 'c', name: 'read', arguments: {} }]);
    const result = message.tool('c', 'nothing');
    const model = scriptedModel(
      () => ({
        output: ' \n\t',
        messages: [call, result, message.assistant(' \n\t'), message.assistant([])],
        usage: { ...usage(10, 0), costUsd: 0.25 },
      }),
      () => ({
        output: 'Refunded.',
        messages: [message.assistant('Refunded.')],
        usage: { ...usage(20, 5), costUsd: 0.5 },
      }),
    );
    const agent = createHandoffAgent({ id: 'billing', model, systemPrompt: 'Settle.' });
    const report = await agent.receiveHandoff(context);
    expect(report).toEqual({
      status: 'completed',
      output: 'Refunded.',
      messages: [call, result, message.assistant('Refunded.')],
      usage: { ...usage(30, 5), costUsd: 0.75 },
    });
    const [first, second] = model.requests;
    expect(model.requests).toHaveLength(2);
    expect(second).toEqual({
      ...first,
      messages: [...(first?.messages ?? []), call, result, instruction],
    });
    expect(second?.messages.at(-1)).not.toEqual(first?.messages.at(-1));
  });

  it('fails after two answers without text, with what both consumed', async () => {
    const model = scriptedModel(() => ({ output: '', usage: usage(10, 1) }));
    const agent = createHandoffAgent({ id: 'billing', model });
    await expect(agent.receiveHandoff(context)).rejects.toMatchObject({
      code: 'EMPTY_OUTPUT',
      message: expect.stringContaining('"billing"'),
      details: { agentId: 'billing', usage: usage(20, 2) },
    });
    expect(model.requests).toHaveLength(2);
  });

  const transfer = { target: 'legal', reason: 'specialization', toolCallId: 'c' } as const;
  it.each<[string, Partial<ModelAnswer>]>([
    ['a transfer', { transfer }],
    ['data', { data: { refunded: true } }],
    ['data that is null', { data: null }],
    ['an answer that stopped short', { status: 'incomplete' }],
    ['a wait for a person', { status: 'awaiting-approval' }],
  ])('takes %s for an answer, though it has no text', async (_, answer) => {
    const model = scriptedModel(() => answer);
    const report = await createHandoffAgent({ id: 'billing', model }).receiveHandoff(context);
    expect(model.requests).toHaveLength(1);
    expect(report.status).toBe(answer.status ?? 'completed');
    expect(report.transfer).toEqual(answer.transfer);
    expect(report.output).toBe('');
  });

  it('does not ask a second time after an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const model = scriptedModel(() => {
      controller.abort(reason);
      return { output: '' };
    });
    const agent = createHandoffAgent({ id: 'billing', model });
    await expect(agent.receiveHandoff(context, { signal: controller.signal })).rejects.toBe(reason);
    expect(model.requests).toHaveLength(1);
  });

  it('passes on what the model throws', async () => {
    const broken = new Error('429');
    const model = scriptedModel(() => Promise.reject(broken));
    const agent = createHandoffAgent({ id: 'billing', model });
    await expect(agent.receiveHandoff(context)).rejects.toBe(broken);
  });
});

describe('the data of a report', () => {
  const dataSchema = z.object({ refunded: z.boolean(), note: z.string().default('none') });
  const answering = (answer: Partial<ModelAnswer> | string, schema: z.ZodType = dataSchema) =>
    createHandoffAgent({
      id: 'billing',
      dataSchema: schema,
      model: scriptedModel(typeof answer === 'string' ? answer : () => answer),
    }).receiveHandoff(context);

  it('is what the schema makes of the answer', async () => {
    expect(await answering({ output: 'Done.', data: { refunded: true } })).toMatchObject({
      output: 'Done.',
      data: { refunded: true, note: 'none' },
    });
  });

  it('is read from the text where the model gave none', async () => {
    expect(await answering('{"refunded":false,"note":"late"}')).toMatchObject({
      output: '{"refunded":false,"note":"late"}',
      data: { refunded: false, note: 'late' },
    });
  });

  it('becomes the text where there is none', async () => {
    expect(await answering({ output: '', data: { refunded: true } })).toMatchObject({
      output: '{"refunded":true,"note":"none"}',
    });
  });

  it('is absent where the agent has no schema for it', async () => {
    const model = scriptedModel(() => ({ output: 'Done.', data: { refunded: true } }));
    const agent = createHandoffAgent({ id: 'billing', model });
    expect(await agent.receiveHandoff(context)).not.toHaveProperty('data');
  });

  it('is not asked of an answer that is not the end of the work', async () => {
    const transfer = { target: 'legal', reason: 'specialization', toolCallId: 'c' } as const;
    expect(await answering({ output: 'Over to legal.', transfer })).not.toHaveProperty('data');
    expect(await answering({ output: 'I am at', status: 'incomplete' })).not.toHaveProperty('data');
  });

  it('is not asked of an agent that handed on by a tool', async () => {
    const model = scriptedModel(async ({ tools: [tool] }) => {
      await tool?.execute(
        { task: 'Sue' },
        { toolCallId: 'c', signal: new AbortController().signal },
      );
      return { output: 'Over to legal.' };
    });
    const agent = createHandoffAgent({ id: 'billing', model, dataSchema });
    const execute = () => ({ output: 'Transferred.', endsTurn: true });
    const tools = [{ name: 'transfer_to_legal', description: '', inputSchema: {}, execute }];
    const report = await agent.receiveHandoff(context, { tools });
    expect(report).toMatchObject({ status: 'completed', output: 'Over to legal.' });
    expect(report).not.toHaveProperty('data');
    // A tool of its own that ends the turn is no reason to owe none.
    const own = createHandoffAgent({ id: 'billing', model, dataSchema, tools });
    await expect(own.receiveHandoff(context)).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
  });

  it.each([
    ['text that is no JSON', 'Yes, refunded.', 'it is text, and no JSON'],
    ['JSON of another shape', '{"refunded":"yes"}', 'refunded: '],
    ['data of another shape', { output: 'Done.', data: { refunded: 1 } }, 'refunded: '],
  ])('is refused for %s, with what was consumed', async (_, answer, problem) => {
    const given = typeof answer === 'string' ? { output: answer } : answer;
    await expect(answering({ ...given, usage: usage(7, 3) })).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      message: expect.stringMatching(new RegExp(`agent "billing".*dataSchema: .*${problem}`)),
      details: {
        agentId: 'billing',
        problems: [expect.stringContaining(problem)],
        usage: usage(7, 3),
      },
    });
  });

  it('names every problem in the message', async () => {
    const two = z.object({ a: z.string(), b: z.string() });
    await expect(answering('{}', two)).rejects.toThrow(/a: [^;]+; b: /);
  });
});
