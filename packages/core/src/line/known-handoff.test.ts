import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent } from '../../test/scripted-agent.ts';
import { scriptedModel } from '../../test/scripted-model.ts';
import { until } from '../../test/turns.ts';
import { summarizeWithModel } from '../agent/summarize-with-model.ts';
import { createAgentState } from '../context/agent-state.ts';
import { createHandoffContext } from '../context/create-handoff-context.ts';
import type { HandoffContext } from '../context/handoff-context.ts';
import { message } from '../context/message.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;
const key = { idempotencyKey: 'k' } as const;
const anotherInput = {
  status: 'rejected',
  error: {
    code: 'INVALID_CONTEXT',
    message: expect.stringContaining('exists with another input'),
  },
};
const stateOf = (text: string) =>
  createAgentState({ agentId: 'user', messages: [message.user(text)] });

function desk(options: object = {}) {
  const agents = [scriptedAgent('billing'), scriptedAgent('legal')] as const;
  return { agents, ...managed({ agents: [...agents], ...options }) };
}

const fromOutside = (fields: object = {}): HandoffContext =>
  createHandoffContext({
    sourceAgentId: 'user',
    targetAgentId: 'billing',
    originalTask: 'Refund order 1182',
    handoffId: 'handoff-x',
    taskId: 'task-x',
    ...fields,
  });

describe('a whole context that is executed again', () => {
  it('is known by its payload as it came, before the target’s schema made it its own', async () => {
    const payloadSchema = z.object({ amount: z.string().transform(Number) });
    const billing = scriptedAgent('billing', 'Refunded.', { payloadSchema });
    const { manager } = managed({ agents: [billing] });
    const context = fromOutside({ payload: { amount: '12' } });
    const first = await manager.executeHandoff(context);
    expect(first.returnedContext?.payload).toEqual({ amount: 12 });
    expect(await manager.executeHandoff(context)).toEqual(first);
    const recorded = (await manager.get('handoff-x'))?.context as HandoffContext;
    expect(await manager.executeHandoff(recorded)).toEqual(first);
    for (const change of [{ payload: { amount: '13' } }, { originalTask: 'Refund it' }]) {
      expect(await manager.executeHandoff({ ...context, ...change })).toMatchObject(anotherInput);
    }
    expect(billing.calls).toHaveLength(1);
  });

  it('is known by what is recorded of it, its secrets hidden', async () => {
    const { manager } = desk({ redact: { keys: ['pin'] } });
    const context = fromOutside({ findings: { pin: '4711', note: 'sk-abcdefghijklmnopqrstuvwx' } });
    const first = await manager.executeHandoff(context);
    expect(first.findings).toMatchObject({ pin: '[redacted]', note: '[redacted]' });
    expect(await manager.executeHandoff(context)).toEqual(first);
    const findings = { n: Number.NaN };
    expect((await manager.executeHandoff({ ...context, findings })).error).toMatchObject({
      code: 'INVALID_CONTEXT',
      message: expect.stringContaining('context.findings.n is NaN'),
    });
  });

  it('is another one with any other content, its summary too', async () => {
    for (const options of [{}, { writeSummary: summarizeWithModel(scriptedModel('Hello.')) }]) {
      const { manager, agents } = desk(options);
      const first = await manager.executeHandoff(fromOutside({ conversationSummary: 'A.' }));
      expect(first.status).toBe('completed');
      const error = { ...anotherInput.error, details: { handoffId: 'handoff-x' } };
      for (const change of [{ conversationSummary: 'B.' }, { confidence: 0.5 }, {}]) {
        expect(await manager.executeHandoff(fromOutside(change))).toMatchObject({
          ...anotherInput,
          error,
        });
      }
      expect(agents[0].calls).toHaveLength(1);
    }
  });

  it('is refused by a manager without its target as by one that has it', async () => {
    const { manager, store } = desk();
    await manager.executeHandoff(fromOutside());
    const other = managed({ agents: [scriptedAgent('sales')], store, ids: countingIds('-b') });
    expect(
      await other.manager.executeHandoff(fromOutside({ originalTask: 'Refund it' })),
    ).toMatchObject(anotherInput);
  });

  it('is refused where its task has been lost meanwhile', async () => {
    const inner = memoryStore();
    await desk({ store: inner }).manager.executeHandoff(fromOutside());
    const store: HandoffStore = { ...faultyStore(inner), readTask: async () => [] };
    expect(await desk({ store }).manager.executeHandoff(fromOutside())).toMatchObject(anotherInput);
  });

  it('fails where the store does, which says what it could not', async () => {
    const store = faultyStore(memoryStore());
    const { manager } = desk({ store });
    await manager.executeHandoff(fromOutside());
    for (const [method, could] of [
      ['findTask', 'find "handoff-x"'],
      ['readTask', 'read task "task-x"'],
    ] as const) {
      store.break({ method, when: 'before', calls: [1] });
      expect((await manager.executeHandoff(fromOutside())).error).toMatchObject({
        code: 'STORE_FAILED',
        message: `The store could not ${could}: disk on fire (${method} 1, before)`,
      });
    }
  });
});

describe('a handoff under a key that is asked for again', () => {
  it('is the same, however a model words its summary; another conversation is not', async () => {
    let asked = 0;
    const model = scriptedModel(() => ({ output: `Wording ${++asked}.` }));
    const { manager, agents } = desk({ writeSummary: summarizeWithModel(model) });
    const input = { ...toBilling, state: stateOf('hello'), keepMessages: true };
    const first = await manager.executeHandoff(input, key);
    expect(first.returnedContext?.conversationSummary).toBe('Wording 1.');
    expect(await manager.executeHandoff(input, key)).toEqual(first);
    expect(asked).toBe(2);
    expect(await manager.executeHandoff({ ...input, state: stateOf('bye') }, key)).toMatchObject(
      anotherInput,
    );
    expect(agents[0].calls).toHaveLength(1);
  });

  it('is another one with another conversation, or findings, fewer of them too', async () => {
    const { manager } = desk();
    const findings = { order: 1, note: 'x' };
    const input = { ...toBilling, state: stateOf('hello'), findings, metadata: { ticket: 7 } };
    const first = await manager.executeHandoff(input, key);
    expect(await manager.executeHandoff(input, key)).toEqual(first);
    for (const change of [
      { state: stateOf('bye') },
      { findings: { order: 1 } },
      { metadata: {} },
      { metadata: { ticket: 8 } },
    ]) {
      expect(await manager.executeHandoff({ ...input, ...change }, key)).toMatchObject(
        anotherInput,
      );
    }
  });

  it('is another one with a payload that the schema refuses the second time', async () => {
    const payloadSchema = z.object({ amount: z.string().transform(Number) });
    const billing = scriptedAgent('billing', 'Refunded.', { payloadSchema });
    const { manager } = managed({ agents: [billing] });
    const input = { ...toBilling, payload: { amount: '12' } } as never;
    const first = await manager.executeHandoff(input, key);
    expect(await manager.executeHandoff(input, key)).toEqual(first);
    const other = { ...toBilling, payload: { amount: '13' } } as never;
    expect(await manager.executeHandoff(other, key)).toMatchObject(anotherInput);
  });

  it('is the same though what it continues has gone on since', async () => {
    const answer = Promise.withResolvers<unknown>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const { manager } = managed({ agents: [billing, scriptedAgent('legal')] });
    const running = manager.executeHandoff({ ...toBilling, findings: { order: 1 } });
    await until(() => billing.calls.length === 1);
    const next = { target: 'legal', task: 'Check', parent: 'handoff-1' } as const;
    const own = { findings: { clause: 9 }, metadata: { ticket: 7 } };
    const first = await manager.executeHandoff({ ...next, ...own }, key);
    answer.resolve(report({ output: 'Paid.', confidence: 0.9 }));
    await running;
    expect(await manager.executeHandoff({ ...next, ...own }, key)).toEqual(first);
    for (const change of [
      { findings: { clause: 10 } },
      { metadata: { ticket: 8 } },
      { task: 'Check it' },
      { state: stateOf('hello') },
    ]) {
      expect(await manager.executeHandoff({ ...next, ...own, ...change }, key)).toMatchObject(
        anotherInput,
      );
    }
  });

  it('that continues another one is another one with another conversation', async () => {
    const { manager } = desk();
    const parent = await manager.executeHandoff(toBilling);
    const next = { target: 'legal', task: 'Check', parent, keepMessages: true } as const;
    const first = await manager.executeHandoff({ ...next, state: stateOf('hello') }, key);
    expect(await manager.executeHandoff({ ...next, state: stateOf('hello') }, key)).toEqual(first);
    const sure = { ...stateOf('hello'), confidence: 0.5 };
    const further = { ...stateOf('hello'), iteration: 3 };
    for (const state of [stateOf('bye'), sure, further]) {
      expect(await manager.executeHandoff({ ...next, state }, key)).toMatchObject(anotherInput);
    }
  });
});
