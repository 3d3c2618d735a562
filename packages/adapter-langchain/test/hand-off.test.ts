import {
  delegateTool,
  fromLangChain,
  HandoffDelta,
  HandoffRunnable,
  type RunnableLike,
} from '@agent-handoff/adapter-langchain';
import { handoffNode, transferTool } from '@agent-handoff/adapter-langchain/langgraph';
import { handoffMiddleware } from '@agent-handoff/adapter-langchain/middleware';
import {
  type CompletedHandoff,
  createHandoffAgent,
  createHandoffManager,
  HandoffError,
  type HandoffManager,
} from '@agent-handoff/core';
import { scriptedAgent } from '@agent-handoff/testing';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import { MemorySaver } from '@langchain/langgraph';
import { createAgent, createMiddleware, providerStrategy, toolStrategy } from 'langchain';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { answersOf, calls, scriptedServer, search } from './scripted-server.ts';

const server = scriptedServer();

const says = (text: string) => new HumanMessage(text);
const payloadSchema = z.object({ orderId: z.number() });
/** An agent of no framework in particular. */
const billing = (replies: Parameters<typeof scriptedAgent>[0]['replies'] = ['Refunded.']) =>
  scriptedAgent({ id: 'billing', description: 'Settles invoices.', replies });
const triageOf = (canTransferTo: readonly string[] = []) =>
  scriptedAgent({ id: 'triage', canDelegateTo: ['billing'], canTransferTo, replies: [] });
const both = ['billing', 'sales'];

describe('delegateTool', () => {
  test('asks an agent of any framework: the answer is the content, the handoff the artifact', async () => {
    const target = billing();
    const manager = createHandoffManager({ agents: [triageOf(), target] });
    const model = server.model([
      calls('c', ['delegate_to_billing', { task: 'Refund order 7' }]),
      { content: 'It is refunded.' },
    ]);
    const ask = delegateTool({ manager, source: 'triage', target: 'billing' });
    expect(ask.description).toContain('Settles invoices.');
    const { messages } = await createAgent({ model, tools: [ask, search] }).invoke({
      messages: [says('Refund order 7, please.')],
    });
    expect(messages.at(-1)?.text).toBe('It is refunded.');
    const [answer] = answersOf(messages);
    expect(answer).toMatchObject({ content: 'Refunded.', status: 'success' });
    const { handoffId = '' } = (answer?.artifact ?? {}) as Partial<CompletedHandoff>;
    const [entry, ...more] = await manager.history();
    expect(more).toEqual([]);
    expect(entry?.context).toMatchObject({
      handoffId,
      sourceAgentId: 'triage',
      reason: 'delegation',
      originalTask: 'Refund order 7',
    });
    // The artifact is for the program, not for the provider.
    expect(JSON.stringify(server.bodies(model))).not.toContain(handoffId);
  });

  test('a payload that does not fit is told to the model: one handoff, the corrected one', async () => {
    const target = scriptedAgent({ id: 'billing', payloadSchema, replies: ['Refunded.'] });
    const manager = createHandoffManager({ agents: [triageOf(), target] });
    const model = server.model([
      calls('a', ['delegate_to_billing', { task: 'Refund', payload: { orderId: 'seven' } }]),
      calls('b', ['delegate_to_billing', { task: 'Refund', payload: { orderId: 7 } }]),
      { content: 'It is refunded.' },
    ]);
    const ask = delegateTool({ manager, source: 'triage', target: 'billing' });
    const { messages } = await createAgent({ model, tools: [ask] }).invoke({
      messages: [says('Refund order 7')],
    });
    expect(answersOf(messages).map(({ status }) => status)).toEqual(['error', 'success']);
    expect(await manager.history()).toHaveLength(1);
    expect(target.received.map(({ context }) => context.payload)).toEqual([{ orderId: 7 }]);
    const offered = server.bodies(model)[0]?.tools?.[0]?.function.parameters;
    expect(offered).toMatchObject({ required: ['task', 'payload'] });
  });

  test('a refused handoff is told to the model as an error', async () => {
    const closed = scriptedAgent({ id: 'triage', canDelegateTo: [], replies: [] });
    const manager = createHandoffManager({ agents: [closed, billing()] });
    const ask = delegateTool({ manager, source: 'triage', target: 'billing' });
    const answer = await ask.invoke({
      type: 'tool_call',
      id: 'c1',
      name: ask.name,
      args: { task: 'Refund' },
    });
    expect(answer).toMatchObject({ status: 'error', artifact: { code: 'PATH_DENIED' } });
  });

  test("with returnDirect its answer is the agent's, and the model is not asked again", async () => {
    const target = billing(['Refunded.', new Error('out of order'), 'Also refunded.']);
    const manager: HandoffManager = createHandoffManager({
      agents: [fromLangChain(() => agent, { id: 'triage', canDelegateTo: ['billing'] }), target],
    });
    const ask = delegateTool({ manager, source: 'triage', target: 'billing', returnDirect: true });
    const delegate = [ask.name, { task: 'Refund order 7' }] as const;
    const model = server.model([
      calls('a', ['search', {}], delegate),
      calls('b', delegate),
      { content: 'It can not be refunded.' },
      calls('c', delegate),
    ]);
    const agent: ReturnType<typeof createAgent> = createAgent({ model, tools: [ask, search] });
    const input = { messages: [says('Refund order 7')] };
    const { messages } = await agent.invoke(input);
    expect(messages.at(-1)).toMatchObject({ text: 'Refunded.', status: 'success' });
    expect(answersOf(messages).map(({ tool_call_id }) => tool_call_id)).toEqual(['a1', 'a2']);
    expect(server.bodies(model)).toHaveLength(1);
    // What goes wrong is told to the model all the same.
    const failed = await agent.invoke(input);
    expect(failed.messages.at(-1)?.text).toBe('It can not be refunded.');
    expect(server.bodies(model)).toHaveLength(3);
    // An agent that ends so has its answer for whoever handed to it.
    const result = await manager.executeHandoff({ target: 'triage', task: 'Settle order 7' });
    expect(result).toMatchObject({ status: 'completed', output: 'Also refunded.' });
    expect(server.bodies(model)).toHaveLength(4);
  });

  test('inside a handoff that was received it continues its task, without being told', async () => {
    const manager = createHandoffManager({
      agents: [fromLangChain(() => inner, { id: 'triage', canDelegateTo: ['billing'] }), billing()],
    });
    const model = server.model([
      calls('c', ['delegate_to_billing', { task: 'Refund order 7' }]),
      { content: 'It is refunded.' },
    ]);
    const inner: RunnableLike = createAgent({
      model,
      tools: [delegateTool({ manager, target: 'billing' })],
    });
    const result = await manager.executeHandoff({ target: 'triage', task: 'Settle order 7' });
    expect(result).toMatchObject({ status: 'completed', output: 'It is refunded.' });
    const [outer, nested] = await manager.history({ taskId: result.taskId });
    expect(nested?.context).toMatchObject({
      sourceAgentId: 'triage',
      targetAgentId: 'billing',
      parentIds: [outer?.context.handoffId],
    });
    expect((await manager.verify(result.taskId)).problems).toEqual([]);
  });

  test('by another manager than the one whose handoff runs begins a task of its own there', async () => {
    const model = server.model([
      calls('c', ['delegate_to_billing', { task: 'Refund order 7' }]),
      { content: 'It is refunded.' },
    ]);
    const inner = fromLangChain(
      () => createAgent({ model, tools: [delegateTool({ manager: there, target: 'billing' })] }),
      { id: 'triage', canDelegateTo: ['billing'] },
    );
    const there: HandoffManager = createHandoffManager({ agents: [inner, billing()] });
    const here = createHandoffManager({ agents: [inner, billing()] });
    await here.executeHandoff({ target: 'triage', task: 'Settle order 7' });
    expect(await there.history()).toMatchObject([
      { sourceAgentId: 'triage', status: 'completed', context: { parentIds: [] } },
    ]);
  });
});

describe('handoffMiddleware', () => {
  const transfer = ['transfer_to_billing', { task: 'Refund order 7' }] as const;
  const orders = {
    '[transfer]': [transfer],
    '[transfer, search]': [transfer, ['search', {}]],
    '[search, transfer]': [['search', {}], transfer],
    '[transfer, other transfer]': [transfer, ['transfer_to_sales', { task: 'Sell' }]],
  } as const;
  const answer = z.object({ ok: z.boolean() });
  const formats = { no: undefined, "the provider's": providerStrategy, "a tool's": toolStrategy };
  for (const [order, made] of Object.entries(orders)) {
    for (const [format, strategy] of Object.entries(formats)) {
      test(`${order} with ${format} responseFormat: one handoff, one model call, every call answered`, async () => {
        const target = billing();
        const sales = scriptedAgent({ id: 'sales', replies: [] });
        const manager = createHandoffManager({ agents: [triageOf(both), target, sales] });
        const model = server.model([calls('c', ...made)]);
        const agent = createAgent({
          model,
          tools: [search],
          middleware: [handoffMiddleware({ manager, source: 'triage' })],
          ...(strategy
            ? { responseFormat: strategy(answer) as ReturnType<typeof toolStrategy> }
            : {}),
        });
        const { messages } = await agent.invoke({ messages: [says('Refund order 7')] });
        expect(server.bodies(model)).toHaveLength(1);
        expect(await manager.history()).toHaveLength(1);
        expect(target.received).toHaveLength(1);
        expect(messages.at(-1)).toMatchObject({ content: 'Refunded.', name: 'billing' });
        const answers = answersOf(messages);
        expect(answers.map(({ tool_call_id }) => tool_call_id).sort()).toEqual(
          made.map((_, place) => `c${place + 1}`),
        );
        const mine = answers.find(({ name }) => name === 'transfer_to_billing');
        expect(mine).toMatchObject({ content: 'Transferred to billing.', status: 'success' });
        // The target has what the other tools found.
        const handed = JSON.stringify(target.received[0]?.context.keyMessages);
        expect(handed.includes('Found nothing')).toBe(order.includes('search'));

        // What is left is a conversation that the provider takes.
        const next = server.model([{ content: 'You are welcome.' }]);
        await next.invoke([...messages, says('Thanks')]);
      });
    }
  }

  test('a transfer that is refused is told to the model, which corrects it', async () => {
    const target = scriptedAgent({ id: 'billing', payloadSchema, replies: ['Refunded.'] });
    const sales = scriptedAgent({ id: 'sales', replies: [] });
    const manager = createHandoffManager({
      agents: [triageOf(both), target, sales],
      policies: [
        {
          name: 'no sales',
          decide: ({ context }) =>
            context.targetAgentId === 'sales' ? { deny: 'not today' } : 'permit',
        },
      ],
    });
    const model = server.model([
      calls('a', ['transfer_to_billing', { task: 'Refund' }]),
      calls('b', ['transfer_to_sales', { task: 'Sell' }]),
      calls('c', ['transfer_to_billing', { task: 'Refund', payload: { orderId: 7 } }]),
    ]);
    const middleware = [handoffMiddleware({ manager, source: 'triage' })];
    const { messages } = await createAgent({ model, middleware }).invoke({
      messages: [says('Refund order 7')],
    });
    expect(messages.at(-1)?.text).toBe('Refunded.');
    expect(answersOf(messages).map(({ status }) => status)).toEqual(['error', 'error', 'success']);
    expect(target.received).toHaveLength(1);
    const [, , last] = server.bodies(model);
    expect(JSON.stringify(last?.messages.at(-1))).toContain('not today');
  });

  test('a structured answer after a refusal: both are in the conversation', async () => {
    const failing = billing(['a', 'b'].map(() => new Error('out of order')));
    const sales = scriptedAgent({ id: 'sales', replies: [] });
    const manager = createHandoffManager({ agents: [triageOf(both), failing, sales] });
    for (const strategy of [providerStrategy, toolStrategy]) {
      const model = server.model(({ messages, tools = [] }) => {
        if (messages.at(-1)?.role !== 'tool') return calls('c', transfer);
        const extract = tools.find(({ function: { name } }) => name.startsWith('extract'));
        return extract
          ? calls('d', [extract.function.name, { ok: false }])
          : { content: '{"ok":false}' };
      });
      const agent = createAgent({
        model,
        middleware: [handoffMiddleware({ manager, source: 'triage' })],
        responseFormat: strategy(answer) as ReturnType<typeof toolStrategy>,
      });
      const { messages, structuredResponse } = await agent.invoke({
        messages: [says('Refund order 7')],
      });
      expect(structuredResponse).toEqual({ ok: false });
      const [refused] = answersOf(messages);
      expect(refused).toMatchObject({ tool_call_id: 'c1', status: 'error' });
      expect(refused?.text).toContain('out of order');
      await server.model([{ content: 'Yes?' }]).invoke([...messages, says('Thanks')]);
    }
  });

  test('a transfer that another middleware prevents, by ending the agent, is not told as one', async () => {
    const target = billing();
    const manager = createHandoffManager({ agents: [triageOf(['billing']), target] });
    const model = server.model([calls('c', transfer), { content: 'Not yet refunded.' }]);
    // As modelCallLimitMiddleware does.
    const limit = createMiddleware({
      name: 'Limit',
      beforeModel: {
        canJumpTo: ['end'],
        hook: ({ messages }) =>
          messages.at(-1)?.type === 'tool'
            ? { jumpTo: 'end', messages: [new AIMessage('Too many calls.')] }
            : undefined,
      },
    });
    const middleware = [limit, handoffMiddleware({ manager, source: 'triage' })];
    const agent = createAgent({ model, middleware, checkpointer: new MemorySaver() });
    const thread = { configurable: { thread_id: 't1' } };
    await agent.invoke({ messages: [says('Refund order 7')] }, thread);
    const { messages } = await agent.invoke({ messages: [says('Is it refunded?')] }, thread);
    expect(messages.at(-1)?.text).toBe('Not yet refunded.');
    const lost = { status: 'error', content: 'Not transferred: the agent was ended before that.' };
    expect(answersOf(messages)).toMatchObject([lost]);
    expect(JSON.stringify(server.bodies(model)[1])).toContain(lost.content);
    expect(target.received).toEqual([]);
  });

  test('a model that asks for no transfer goes on as ever', async () => {
    const manager = createHandoffManager({
      agents: [triageOf(['billing']), billing(), scriptedAgent({ id: 'sales', replies: [] })],
    });
    const model = server.model([calls('c', ['search', {}]), { content: 'Nothing there.' }]);
    const middleware = [handoffMiddleware({ manager, source: 'triage' })];
    const { messages } = await createAgent({ model, tools: [search], middleware }).invoke({
      messages: [says('Refund order 7')],
    });
    expect(messages.at(-1)?.text).toBe('Nothing there.');
    expect(await manager.history()).toEqual([]);
    const offered = server.bodies(model)[0]?.tools?.map((each) => each.function.name);
    expect(offered?.sort()).toEqual(['search', 'transfer_to_billing']);
  });
});

test('what hands on is refused, when it is made, an id that the manager has not', () => {
  const manager: HandoffManager = createHandoffManager({
    agents: [triageOf(['billing']), billing()],
  });
  const made: Record<string, (ids: { target: string; source?: string }) => unknown> = {
    delegateTool: (ids) => delegateTool({ manager, ...ids }),
    transferTool: (ids) => transferTool({ manager, ...ids }),
    handoffNode: (ids) => handoffNode({ manager, ...ids }),
    'handoffNode that follows transfers': (ids) =>
      handoffNode({ manager, followTransfers: true, ...ids }),
    HandoffRunnable: (ids) => HandoffRunnable.from(manager, ids),
    handoffMiddleware: ({ target }) => handoffMiddleware({ manager, source: target }),
  };
  const refused = expect.objectContaining({
    code: 'INVALID_CONFIGURATION',
    details: { agentId: 'nobody' },
  });
  for (const [what, make] of Object.entries(made)) {
    expect(() => make({ target: 'nobody' }), what).toThrow(refused);
    if (what === 'handoffMiddleware') continue;
    expect(() => make({ target: 'billing', source: 'nobody' }), what).toThrow(refused);
    expect(() => make({ target: 'user' }), what).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIGURATION' }),
    );
    expect(() => make({ target: 'billing', source: 'user' }), what).not.toThrow();
  }
});

describe('HandoffRunnable', () => {
  const managerOf = (replies: Parameters<typeof billing>[0]) =>
    createHandoffManager({ agents: [billing(replies)] });

  test('invoke and pipe, from a text, a message or an input', async () => {
    const manager = managerOf(['One.', 'Two.', 'Three.']);
    const handoff = HandoffRunnable.from(manager, { target: 'billing' });
    const shout = handoff.pipe(({ output }) => output.toUpperCase());
    expect(await shout.invoke('Refund order 7')).toBe('ONE.');
    expect(await shout.invoke(new AIMessage('Refund order 8'))).toBe('TWO.');
    expect(await shout.invoke({ task: 'Refund order 9', findings: { a: 1 } })).toBe('THREE.');
    const tasks = (await manager.history()).map(({ context }) => context.originalTask);
    expect(tasks).toEqual(['Refund order 7', 'Refund order 8', 'Refund order 9']);
  });

  test('batch with returnExceptions, retries and fallbacks', async () => {
    const failed = new Error('out of order');
    const handoff = (replies: Parameters<typeof billing>[0]) =>
      HandoffRunnable.from(managerOf(replies), { target: 'billing' });
    const both = await handoff(['One.', failed]).batch(
      ['a', 'b'],
      { maxConcurrency: 1 },
      { returnExceptions: true },
    );
    expect(both).toMatchObject([{ output: 'One.' }, { code: 'AGENT_FAILED' }]);
    expect(HandoffError.isInstance(both[1])).toBe(true);
    // LangChain waits for a second and more.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const retried = handoff([failed, 'Again.']).withRetry({ stopAfterAttempt: 2 }).invoke('a');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await retried).toMatchObject({ output: 'Again.' });
    vi.useRealTimers();
    const replaced = handoff([failed]).withFallbacks([handoff(['Instead.'])]);
    expect(await replaced.invoke('a')).toMatchObject({ output: 'Instead.' });
  });

  test('stream: deltas, then the handoff; a piped runnable gets the handoff alone', async () => {
    const handoff = HandoffRunnable.from(managerOf(['It is refunded.', 'It is refunded.']), {
      target: 'billing',
    });
    const pieces: unknown[] = [];
    for await (const piece of await handoff.stream('a')) pieces.push(piece);
    const deltas = pieces.filter((piece) => HandoffDelta.isInstance(piece));
    expect(deltas.map(({ delta }) => delta).join('')).toBe('It is refunded.');
    expect(deltas.length).toBeGreaterThan(1);
    expect(pieces.at(-1)).toMatchObject({ status: 'completed', output: 'It is refunded.' });
    const outputs: unknown[] = [];
    const piped = handoff.pipe(
      new RunnableLambda({ func: ({ output }: CompletedHandoff) => output }),
    );
    for await (const piece of await piped.stream('a')) outputs.push(piece);
    expect(outputs).toEqual(['It is refunded.']);
  });

  test('leaving a stream cancels the handoff at once, and so do a signal and a timeout', async () => {
    const hanging = createHandoffAgent({
      id: 'billing',
      model: {
        generate: ({ onEvent, signal }) => {
          onEvent?.({ type: 'output-delta', delta: 'It is' });
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        },
      },
    });
    const manager = createHandoffManager({ agents: [hanging] });
    const handoff = HandoffRunnable.from(manager, { target: 'billing' });
    const statuses = async () => (await manager.history()).map(({ status }) => status);
    for await (const piece of await handoff.stream('a')) {
      expect(piece).toMatchObject({ delta: 'It is' });
      break;
    }
    await expect.poll(statuses).toEqual(['cancelled']);

    const controller = new AbortController();
    const settled = handoff.invoke('b', { signal: controller.signal }).catch((thrown) => thrown);
    await expect.poll(statuses).toEqual(['cancelled', 'running']);
    controller.abort(new Error('no longer wanted'));
    expect(await settled).toBeInstanceOf(Error);
    await expect.poll(statuses).toEqual(['cancelled', 'cancelled']);

    await expect(handoff.invoke('c', { timeout: 20 })).rejects.toThrow();
    await expect.poll(statuses).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  test('a run has a name and a tag, and what the target runs is inside of it', async () => {
    const model = server.model([{ content: 'Refunded.' }]);
    const agent = fromLangChain(createAgent({ model }), { id: 'billing' });
    const manager = createHandoffManager({ agents: [agent] });
    const handoff = HandoffRunnable.from(manager, { target: 'billing' }).withConfig({
      tags: ['mine'],
    });
    const runs = new Map<string, { name: string; parent: string | undefined; tags: string[] }>();
    for await (const event of handoff.streamEvents('Refund', { version: 'v2' })) {
      if (!event.event.endsWith('_start')) continue;
      const { name, run_id, tags = [] } = event;
      const parents = (event as { parent_ids?: string[] }).parent_ids;
      runs.set(run_id, { name, parent: parents?.at(-1), tags });
    }
    const named = [...runs.values()].filter(({ name }) => name === 'handoff:user->billing');
    expect(named.length).toBe(2);
    for (const { tags } of named) expect(tags).toContain('handoff');
    expect(named[0]?.tags).toContain('mine');
    expect([...runs.values()].map(({ name }) => name)).toContain('ChatOpenAI');
  });

  test('an idempotency key makes a handoff happen once', async () => {
    const manager = managerOf(['One.']);
    const handoff = HandoffRunnable.from(manager, { target: 'billing' });
    const twice = [1, 2].map(() => handoff.invoke('a', { idempotencyKey: 'k' }));
    expect((await Promise.all(twice)).map(({ output }) => output)).toEqual(['One.', 'One.']);
    expect(await manager.history()).toHaveLength(1);
  });
});
