import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { never, report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { scriptedModel } from '../../test/scripted-model.ts';
import { callTools } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { summarizeWithModel } from '../agent/summarize-with-model.ts';
import { createAgentState } from '../context/agent-state.ts';
import { message } from '../context/message.ts';
import type { Policy } from '../policy/policy.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const state = createAgentState({ agentId: 'user', messages: [message.user('hello')] });
const withState = { target: 'billing', task: 'x', state } as const;

/** A manager whose model writes the summary of a state for 10 tokens. */
function summarizing(policy?: Policy, script: Script = never) {
  const usage = { inputTokens: 9, outputTokens: 1, totalTokens: 10 };
  const model = scriptedModel(() => ({ output: 'A greeting.', usage }));
  const billing = scriptedAgent('billing', script);
  const policies = policy ? [policy] : [];
  const desk = managed({
    agents: [billing],
    policies,
    writeSummary: summarizeWithModel(model),
  });
  return { ...desk, billing };
}

describe('a handoff that ends while it is being cancelled', () => {
  it('has ended as it did, and what goes on after it is left alone', async () => {
    const held = Promise.withResolvers<void>();
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    const billing = scriptedAgent('billing', () => answers[0].promise);
    const legal = scriptedAgent('legal', () => answers[1].promise);
    const inner = faultyStore(memoryStore());
    const store: HandoffStore = {
      ...inner,
      async append(...args) {
        if (args[2].some(({ type }) => type === 'cancelled')) await held.promise;
        return inner.append(...args);
      },
    };
    const { manager, log, expectEnded } = managed({ agents: [billing, legal], store });
    const running = manager.chainHandoff({ targets: ['billing', 'legal'], task: 'Refund' });
    await until(() => billing.calls.length === 1);
    const cancelling = manager.cancel('handoff-1');
    await turns();
    answers[0].resolve('Refunded.');
    await until(() => legal.calls.length === 1);
    held.resolve();
    expect(await cancelling).toMatchObject({ status: 'completed' });
    expect(legal.calls[0]?.options.signal?.aborted).toBe(false);
    answers[1].resolve('Fine.');
    expect(await running).toMatchObject({ status: 'completed', output: 'Fine.' });
    expect(await log('task-1')).toHaveLength(6);
    await expectEnded('task-1');
  });
});

describe('the usage of a handoff that is ended from outside', () => {
  it('is what its agent had consumed before it waited, with that of the work it gave out', async () => {
    const books = scriptedAgent('books', () => report(tokens(7)));
    const lead = createPersonAgent({ id: 'lead' });
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        const { messages } = await callTools(call, [
          ['delegate_to_books', { task: 'Sum it up' }],
          ['delegate_to_lead', { task: 'May I?' }],
        ]);
        return report({ output: '', messages, ...tokens(10) });
      },
      { canDelegateTo: ['books', 'lead'] },
    );
    const { manager, store, expectEnded } = managed({ agents: [triage, books, lead] });
    const { handoffId, taskId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    const [asked] = await manager.pending();
    const ended = await manager.cancel(handoffId);
    expect(ended.result).toMatchObject({ status: 'cancelled', usage: { totalTokens: 17 } });
    expect((await store.readTask(taskId)).at(-1)?.ledger.used.tokens).toBe(17);
    const message = ended.result?.error?.message;
    expect(await manager.resume(asked?.handoffId ?? '')).toMatchObject({
      status: 'cancelled',
      error: {
        code: 'CANCELLED',
        message: `The handoff was cancelled, because the one that waited for it ended: ${message}`,
        details: { parentId: handoffId },
      },
    });
    await expectEnded(taskId);
  });

  it('is what making its context took, where no attempt of it said more', async () => {
    const { manager, billing, store, expectEnded } = summarizing();
    const running = manager.executeHandoff(withState);
    await until(() => billing.calls.length === 1);
    const [entry] = await manager.history();
    await manager.cancel(entry?.handoffId ?? '');
    const result = await running;
    expect(result).toMatchObject({ status: 'cancelled', usage: { totalTokens: 10 } });
    expect((await store.readTask(result.taskId)).at(-1)?.ledger.used.tokens).toBe(10);
    await expectEnded(result.taskId);
  });

  it('is the same while it waits to be approved, and where it is denied', async () => {
    for (const end of ['cancel', 'deny'] as const) {
      const { manager, store, expectEnded } = summarizing({
        name: 'ask-first',
        decide: () => ({ requireApproval: 'money moves' }),
      });
      const waiting = await manager.executeHandoff(withState);
      expect(waiting).toMatchObject({ status: 'awaiting-approval', usage: { totalTokens: 10 } });
      const { handoffId, taskId } = waiting;
      if (end === 'cancel') await manager.cancel(handoffId);
      else await manager.resume(handoffId, { type: 'deny' });
      expect(await manager.resume(handoffId)).toMatchObject({ usage: { totalTokens: 10 } });
      expect((await store.readTask(taskId)).at(-1)?.ledger.used.tokens).toBe(10);
      await expectEnded(taskId);
    }
  });

  it('is counted once where it is approved', async () => {
    const { manager, billing, store, expectEnded } = summarizing(
      { name: 'ask-first', decide: () => ({ requireApproval: 'money moves' }) },
      () => report(tokens(5)),
    );
    const { handoffId, taskId } = await manager.executeHandoff(withState);
    expect(await manager.resume(handoffId, { type: 'approve' })).toMatchObject({
      status: 'completed',
      usage: { totalTokens: 15 },
    });
    expect((await store.readTask(taskId)).at(-1)?.ledger.used.tokens).toBe(15);
    expect(billing.calls[0]?.options).not.toHaveProperty('resumeFrom');
    await expectEnded(taskId);
  });
});
