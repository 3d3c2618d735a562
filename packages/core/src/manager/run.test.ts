import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { calling, callTools } from '../../test/tool-calls.ts';
import { createAgentState } from '../context/agent-state.ts';
import { message, messageText } from '../context/message.ts';
import { repairTranscript } from '../context/repair-transcript.ts';

const transfer = (to: string, input = {}) => [`transfer_to_${to}`, input] as const;

describe('a run', () => {
  it('follows transfers until an agent answers', async () => {
    const triage = scriptedAgent('triage', calling([transfer('billing', { task: 'Look at 7' })]), {
      canTransferTo: ['billing'],
    });
    const billing = scriptedAgent('billing', 'Refunded.');
    const { manager, log, expectEnded } = managed({ agents: [triage, billing] });
    const result = await manager.run({ entry: 'triage', input: 'Invoice 7 was charged twice.' });
    expect(result).toMatchObject({
      status: 'completed',
      output: 'Refunded.',
      activeAgentId: 'billing',
      findings: { billing: 'Refunded.' },
    });
    expect(result.steps.map((step) => step.targetAgentId)).toEqual(['triage', 'billing']);
    expect(result.steps[0]?.transfer).toMatchObject({ target: 'billing', task: 'Look at 7' });
    expect(await log(result.taskId)).toEqual([
      'requested user>triage',
      'accepted user>triage',
      'completed user>triage',
      'requested triage>billing',
      'accepted triage>billing',
      'completed triage>billing',
    ]);
    const [received] = billing.calls;
    expect(received?.context).toMatchObject({
      originalTask: 'Invoice 7 was charged twice.',
      instructions: 'Look at 7',
      handoffChain: ['triage'],
      findings: {},
    });
    expect(received?.context.keyMessages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
    ]);
    expect(repairTranscript(received?.context.keyMessages ?? [])).toEqual(
      received?.context.keyMessages,
    );
    await expectEnded(result.taskId);
  });

  it('hands what was said before it to all who get the conversation', async () => {
    const triage = scriptedAgent('triage', calling([transfer('billing')]), {
      canTransferTo: ['billing'],
    });
    const billing = scriptedAgent('billing', 'Refunded.');
    const { manager } = managed({ agents: [triage, billing] });
    const state = createAgentState({ agentId: 'user', messages: [message.user('I am Ada.')] });
    await manager.run({ entry: 'triage', input: 'Refund 7', state, keepMessages: true });
    const heard = billing.calls[0]?.context.keyMessages ?? [];
    expect(heard.slice(0, 2).map(messageText)).toEqual(['I am Ada.', 'Refund 7']);
  });

  it('offers a tool for every declared path and verb, and none to agents that declare nothing', async () => {
    const tools: Record<string, string[] | undefined> = {};
    const seen = (id: string) =>
      scriptedAgent(
        id,
        ({ options }) => {
          tools[id] = options.tools?.map(({ name }) => name);
          return 'done';
        },
        id === 'triage'
          ? { canTransferTo: ['a', 'b'], canDelegateTo: ['b'], canEscalateTo: ['c'] }
          : {},
      );
    const { manager } = managed({ agents: [seen('triage'), seen('a'), seen('b'), seen('c')] });
    await manager.run({ entry: 'triage', input: 'Hello' });
    expect(tools.triage).toEqual([
      'transfer_to_a',
      'transfer_to_b',
      'delegate_to_b',
      'escalate_to_c',
    ]);
    await manager.run({ entry: 'a', input: 'Hello' });
    expect(tools.a).toBeUndefined();
    await manager.executeHandoff({ target: 'triage', task: 'Hello' });
    expect(tools.triage).toEqual(['delegate_to_b']);
  });

  it('brings delegated work back, with its findings and its usage', async () => {
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        const { messages, answers } = await callTools(call, [
          ['delegate_to_billing', { task: 'Sum it up' }],
        ]);
        return report({ output: `It says: ${answers[0]}`, messages, ...tokens(5) });
      },
      { canDelegateTo: ['billing'] },
    );
    const billing = scriptedAgent('billing', () => report({ output: '42', ...tokens(7) }));
    const { manager, log, expectEnded } = managed({ agents: [triage, billing] });
    const result = await manager.run({ entry: 'triage', input: 'How much?' });
    expect(result).toMatchObject({ output: 'It says: 42', activeAgentId: 'triage' });
    expect(result.usage.totalTokens).toBe(12);
    expect(billing.calls[0]?.context).toMatchObject({
      originalTask: 'Sum it up',
      reason: 'delegation',
      keyMessages: [],
    });
    expect(await log(result.taskId)).toEqual([
      'requested user>triage',
      'accepted user>triage',
      'requested triage>billing',
      'accepted triage>billing',
      'completed triage>billing',
      'completed user>triage',
    ]);
    await expectEnded(result.taskId);
  });

  it('accepts the first of two transfers in one turn, and answers the other', async () => {
    const triage = scriptedAgent('triage', calling([transfer('a'), transfer('b')]), {
      canTransferTo: ['a', 'b'],
    });
    const a = scriptedAgent('a');
    const b = scriptedAgent('b');
    const { manager } = managed({ agents: [triage, a, b] });
    const result = await manager.run({ entry: 'triage', input: 'Hello' });
    expect(result).toMatchObject({ activeAgentId: 'a', output: 'a is done' });
    expect(b.calls).toHaveLength(0);
    const tools = a.calls[0]?.context.keyMessages.filter(({ role }) => role === 'tool') ?? [];
    expect(tools.map(({ parts }) => parts[0])).toMatchObject([
      { response: 'The conversation was transferred to a.' },
      { response: expect.stringContaining('Not accepted'), isError: true },
    ]);
  });

  it('validates a payload before the target sees it, and lets the model repair it once', async () => {
    const payloadSchema = z.object({ invoice: z.number() });
    const run = async (payloads: readonly object[]) => {
      const answers: string[] = [];
      const triage = scriptedAgent(
        'triage',
        async (call) => {
          for (const payload of payloads) {
            const turn = await callTools(call, [transfer('billing', { payload })]);
            answers.push(...turn.answers);
            if (turn.ended) return report({ output: '', messages: turn.messages });
          }
          return 'I give up.';
        },
        { canTransferTo: ['billing'] },
      );
      const billing = scriptedAgent('billing', 'Refunded.', { payloadSchema });
      const { manager, expectEnded } = managed({ agents: [triage, billing] });
      const result = await manager.run({ entry: 'triage', input: 'Invoice 7' });
      await expectEnded(result.taskId);
      return { result, answers, payload: billing.calls[0]?.context.payload };
    };
    const repaired = await run([{ invoice: 'seven' }, { invoice: 7 }]);
    expect(repaired.result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    expect(repaired.answers[0]).toContain('payloadSchema');
    expect(repaired.payload).toEqual({ invoice: 7 });
    const broken = await run([{ invoice: 'seven' }, { invoice: 'VII' }, { invoice: 7 }]);
    expect(broken.result).toMatchObject({ status: 'failed', error: { code: 'INVALID_OUTPUT' } });
    expect(broken.payload).toBeUndefined();
  });

  it('ends a ping-pong by refusing the visit that is too many, and the model answers itself', async () => {
    const toOther = (other: string) => async (call: Parameters<typeof callTools>[0]) => {
      const turn = await callTools(call, [transfer(other)]);
      return report({ output: turn.ended ? '' : `refused: ${turn.answers[0]}`, ...turn });
    };
    const a = scriptedAgent('a', toOther('b'), { canTransferTo: ['b'] });
    const b = scriptedAgent('b', toOther('a'), { canTransferTo: ['a'] });
    const { manager, expectEnded } = managed({ agents: [a, b], maxChain: 10 });
    const result = await manager.run({ entry: 'a', input: 'Whose is it?' });
    expect(result).toMatchObject({ status: 'completed', output: expect.stringMatching(/held/) });
    expect(a.calls.length + b.calls.length).toBe(6);
    await expectEnded(result.taskId);
  });

  it('stops an agent that insists on what is refused', async () => {
    const stubborn = scriptedAgent(
      'a',
      async (call) => {
        for (let i = 0; i < 20; i++) {
          const turn = await callTools(call, [['delegate_to_b', { task: 'Go' }]]);
          if (turn.ended) return report({ output: '', messages: turn.messages });
        }
        return 'never';
      },
      { canDelegateTo: ['b'] },
    );
    const b = scriptedAgent('b');
    const { manager, expectEnded } = managed({ agents: [stubborn, b], limits: { maxHandoffs: 1 } });
    const result = await manager.run({ entry: 'a', input: 'Go' });
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'INVALID_OUTPUT', message: expect.stringContaining('maxHandoffs') },
    });
    expect(b.calls).toHaveLength(0);
    await expectEnded(result.taskId);
  });

  it('streams the text of whoever holds the conversation', async () => {
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        call.options.onEvent?.({ type: 'output-delta', delta: 'One moment. ' });
        return calling([transfer('billing')])(call);
      },
      { canTransferTo: ['billing'] },
    );
    const billing = scriptedAgent('billing', ({ options }) => {
      options.onEvent?.({ type: 'output-delta', delta: 'Refunded.' });
      return 'Refunded.';
    });
    const { manager } = managed({ agents: [triage, billing] });
    const stream = manager.streamRun({ entry: 'triage', input: 'Hello' });
    let text = '';
    for await (const delta of stream.textStream) text += delta;
    expect(text).toBe('One moment. Refunded.');
    expect((await stream.result).steps).toHaveLength(2);
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.filter((type) => type === 'completed')).toHaveLength(2);
    expect(types.at(-1)).toBe('task-finished');
  });
});

describe('a thread', () => {
  it('remembers who is active and what was said, also for another manager', async () => {
    const triage = scriptedAgent('triage', calling([transfer('billing')]), {
      canTransferTo: ['billing'],
    });
    const billing = scriptedAgent('billing', ({ call }) => `Answer ${call}`);
    const first = managed({ agents: [triage, billing] });
    await first.manager.run({ entry: 'triage', input: 'Invoice 7?', threadId: 'c-1' });
    const second = managed({
      agents: [triage, billing],
      store: first.store,
      ids: countingIds('-b'),
    });
    const result = await second.manager.run({ entry: 'triage', input: 'And 8?', threadId: 'c-1' });
    expect(result).toMatchObject({ output: 'Answer 2', activeAgentId: 'billing' });
    expect(triage.calls).toHaveLength(1);
    const heard = billing.calls[1]?.context.keyMessages ?? [];
    expect(heard.map(messageText).filter((text) => text !== '')).toEqual([
      'Invoice 7?',
      'Answer 1',
      'And 8?',
    ]);
    const thread = await second.manager.getThread('c-1');
    expect(thread).toMatchObject({ threadId: 'c-1', activeAgentId: 'billing' });
    expect(thread?.messages.at(-1)).toMatchObject({ role: 'assistant' });
    expect(thread?.openHandoffId).toBeUndefined();
    expect(await second.manager.history({ threadId: 'c-1' })).toHaveLength(3);
    expect(await second.manager.deleteThread('c-1')).toBe(true);
    expect(await second.manager.getThread('c-1')).toBeUndefined();
    expect(await second.manager.deleteThread('c-1')).toBe(false);
  });

  it('gives the next turn to whoever began, where that is asked for', async () => {
    const triage = scriptedAgent('triage', calling([transfer('billing')]), {
      canTransferTo: ['billing'],
    });
    const { manager } = managed({ agents: [triage, scriptedAgent('billing')] });
    const turn = { entry: 'triage', input: 'Hi', threadId: 'c', afterTurn: 'return' } as const;
    expect(await manager.run(turn)).toMatchObject({ activeAgentId: 'triage' });
    await manager.run(turn);
    expect(triage.calls).toHaveLength(2);
  });

  it('takes two turns at once one after the other', async () => {
    const agent = scriptedAgent('a', ({ call }) => `Answer ${call}`);
    const { manager } = managed({ agents: [agent] });
    const turns = ['one', 'two', 'three'].map((input) =>
      manager.run({ entry: 'a', input, threadId: 'c' }),
    );
    await Promise.all(turns);
    const thread = await manager.getThread('c');
    expect(thread?.messages.map(messageText)).toEqual([
      'one',
      'Answer 1',
      'two',
      'Answer 2',
      'three',
      'Answer 3',
    ]);
  });
});
