import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { managed } from '../../test/managed.ts';
import { never, report, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { createHandoffAgent } from '../agent/create-handoff-agent.ts';
import { createAgentState } from '../context/agent-state.ts';
import { message } from '../context/message.ts';
import type { PolicyRequest } from '../policy/policy.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

const desk = () =>
  managed({
    agents: [
      scriptedAgent('triage'),
      scriptedAgent('billing', () => report({ findings: { invoice: 'paid' }, confidence: 0.5 })),
      scriptedAgent('legal'),
    ],
  });

describe('what is handed on, field by field', () => {
  it('target and task: go to the target as they are', async () => {
    const context = await desk().manager.createHandoff(toBilling);
    expect(context).toMatchObject({ targetAgentId: 'billing', originalTask: 'Refund order 1182' });
  });

  it('source: `user` unless given, then in the chain', async () => {
    const { manager } = desk();
    expect(await manager.createHandoff(toBilling)).toMatchObject({
      sourceAgentId: 'user',
      handoffChain: [],
    });
    expect(await manager.createHandoff({ ...toBilling, source: 'triage' })).toMatchObject({
      sourceAgentId: 'triage',
      handoffChain: ['triage'],
    });
  });

  it('reason: specialization unless given', async () => {
    const { manager } = desk();
    expect((await manager.createHandoff(toBilling)).reason).toBe('specialization');
    const context = await manager.createHandoff({ ...toBilling, reason: 'escalation' });
    expect(context.reason).toBe('escalation');
  });

  it('state: gives summary, snapshot and confidence', async () => {
    const state = createAgentState({
      agentId: 'triage',
      messages: [message.user('My refund?'), message.assistant('One moment.')],
      toolHistory: ['lookup'],
      errors: ['timeout'],
      iteration: 3,
      confidence: 0.4,
    });
    expect(await desk().manager.createHandoff({ ...toBilling, state })).toMatchObject({
      conversationSummary: '[USER]: My refund?\n[ASSISTANT]: One moment.',
      stateSnapshot: { errors: ['timeout'], iteration: 3, toolHistory: ['lookup'] },
      confidence: 0.4,
      keyMessages: [],
    });
  });

  it('keepMessages: hands on the messages too', async () => {
    const messages = [message.user('My refund?')];
    const state = createAgentState({ agentId: 'triage', messages });
    const { manager } = desk();
    const context = await manager.createHandoff({ ...toBilling, state, keepMessages: true });
    expect(context.keyMessages).toEqual(messages);
    const without = await manager.createHandoff({ ...toBilling, state, keepMessages: false });
    expect(without.keyMessages).toEqual([]);
  });

  it('findings, instructions, metadata, traceparent: travel', async () => {
    const fields = {
      findings: { order: '1182' },
      instructions: 'Be brief.',
      metadata: { ticket: 7 },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const { manager, store } = desk();
    const context = await manager.createHandoff({ ...toBilling, ...fields });
    expect(context).toMatchObject(fields);
    expect((await store.readTask(context.taskId))[0]?.traceparent).toBe(fields.traceparent);
  });

  it('payload: reaches the target as its schema makes it, and nothing else is accepted', async () => {
    const billing = {
      ...scriptedAgent('billing'),
      ...createHandoffAgent({
        id: 'billing',
        payloadSchema: z.object({ amount: z.string().transform(Number).pipe(z.number().max(50)) }),
      }),
    };
    const { manager } = managed({ agents: [billing as typeof billing & { id: 'billing' }] });
    const context = await manager.createHandoff({ ...toBilling, payload: { amount: '12' } });
    expect(context.payload).toEqual({ amount: 12 });
    const wrong = await manager.executeHandoff({ ...toBilling, payload: { amount: '99' } });
    expect(wrong).toMatchObject({
      status: 'rejected',
      error: {
        code: 'INVALID_PAYLOAD',
        message: expect.stringMatching(/"billing".*amount/),
        details: { target: 'billing', problems: [expect.stringMatching(/^amount: /)] },
      },
    });
    expect(await manager.history({ taskId: wrong.taskId })).toEqual([]);
  });

  it('payload: any JSON where the target has no schema', async () => {
    const context = await desk().manager.createHandoff({ ...toBilling, payload: [1, { a: null }] });
    expect(context.payload).toEqual([1, { a: null }]);
  });

  it('scope: what the target may use, within what it declares', async () => {
    const narrow = scriptedAgent('billing', 'ok', { scope: ['read', 'refund'] });
    const { manager, store } = managed({ agents: [narrow, scriptedAgent('legal')] });
    const all = await manager.createHandoff(toBilling);
    expect(all.scope).toEqual(['read', 'refund']);
    const some = await manager.createHandoff({ ...toBilling, scope: ['refund', 'delete'] });
    expect(some.scope).toEqual(['refund']);
    expect((await store.readTask(some.taskId))[0]?.scope).toEqual(['refund']);
    const first = await manager.executeHandoff({ ...toBilling, scope: ['refund'] });
    const next = { target: 'legal', task: 'Check', parent: first } as const;
    expect((await manager.createHandoff(next)).scope).toEqual(['refund']);
    expect((await manager.createHandoff({ ...next, scope: ['*'] })).scope).toEqual(['refund']);
    expect((await manager.createHandoff({ ...next, scope: ['read'] })).scope).toEqual([]);
  });

  it('deadlineAt: bounds the handoff and everything that continues it', async () => {
    const { manager, clock } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal', never)],
    });
    const deadlineAt = '2026-11-24T09:00:02.000Z';
    const first = await manager.executeHandoff({ ...toBilling, deadlineAt });
    const later = '2026-11-24T10:00:00.000Z';
    const next = { target: 'legal', task: 'Check', parent: first } as const;
    const running = manager.executeHandoff({ ...next, deadlineAt: later });
    await clock.advance(2_000);
    expect(await running).toMatchObject({
      error: { code: 'DEADLINE_EXCEEDED' },
      returnedContext: { deadlineAt },
      durationMs: 2_000,
    });
    const sooner = '2026-11-24T09:00:01.000Z';
    const context = await manager.createHandoff({ ...next, deadlineAt: sooner });
    expect(context.deadlineAt).toBe(sooner);
  });

  it('deadlineAt in the past: recorded and failed, and the agent is not called', async () => {
    const billing = scriptedAgent('billing');
    const { manager, log, expectEnded } = managed({ agents: [billing] });
    const result = await manager.executeHandoff({
      ...toBilling,
      deadlineAt: '2026-11-24T08:59:59.999Z',
    });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(billing.calls).toEqual([]);
    expect(await log(result.taskId)).toEqual([
      'requested user>billing',
      'accepted user>billing',
      'failed user>billing DEADLINE_EXCEEDED',
    ]);
    await expectEnded(result.taskId);
  });

  it('parent: the same task, with all that is known', async () => {
    const { manager, store } = desk();
    const first = await manager.executeHandoff({
      ...toBilling,
      source: 'triage',
      findings: { order: '1182' },
      metadata: { ticket: 7, queue: 'a' },
      state: createAgentState({
        agentId: 'triage',
        messages: [message.user('My refund?')],
        iteration: 2,
      }),
      keepMessages: true,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const context = await manager.createHandoff({
      target: 'legal',
      task: 'Check the refund',
      parent: first,
      findings: { clause: 9 },
      metadata: { queue: 'b' },
    });
    expect(context).toMatchObject({
      taskId: first.taskId,
      parentIds: [first.handoffId],
      sourceAgentId: 'billing',
      handoffChain: ['triage', 'billing'],
      findings: { order: '1182', billing: { invoice: 'paid' }, clause: 9 },
      metadata: { ticket: 7, queue: 'b' },
      confidence: 0.5,
      conversationSummary: '[USER]: My refund?',
      stateSnapshot: { iteration: 2 },
      keyMessages: [message.user('My refund?')],
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      originalTask: 'Check the refund',
    });
    const log = await store.readTask(first.taskId);
    expect(log.at(-1)?.parents).toEqual([log[2]?.digest, log[2]?.digest]);
  });

  it('parent: an id, a result, a context or an entry will do', async () => {
    const { manager } = desk();
    const first = await manager.executeHandoff(toBilling);
    const entry = await manager.get(first.handoffId);
    for (const parent of [first.handoffId, first, first.returnedContext, entry]) {
      const context = await manager.createHandoff({
        target: 'legal',
        task: 'Check',
        parent: parent as { handoffId: string },
      });
      expect(context.parentIds).toEqual([first.handoffId]);
    }
  });

  it('parent with a state: what the state says counts', async () => {
    const { manager } = desk();
    const first = await manager.executeHandoff(toBilling);
    const state = createAgentState({
      agentId: 'billing',
      messages: [message.user('And now?')],
      confidence: 0.1,
    });
    const next = { target: 'legal', task: 'Check', parent: first, state } as const;
    expect(await manager.createHandoff(next)).toMatchObject({
      conversationSummary: '[USER]: And now?',
      confidence: 0.1,
      findings: { billing: { invoice: 'paid' } },
    });
  });

  it('parent: its holder is the source, and no one else', async () => {
    const { manager } = desk();
    const first = await manager.executeHandoff(toBilling);
    const next = { target: 'legal', task: 'Check', parent: first } as const;
    expect((await manager.createHandoff({ ...next, source: 'billing' })).sourceAgentId).toBe(
      'billing',
    );
    for (const source of ['triage', 'user'] as const) {
      expect(await manager.executeHandoff({ ...next, source })).toMatchObject({
        status: 'rejected',
        error: { code: 'INVALID_CONTEXT', details: { holder: 'billing', source } },
      });
    }
  });
});

describe('how it is requested, option by option', () => {
  it('principal: in the first record of the task, and shown to policies', async () => {
    const asked: (string | undefined)[] = [];
    const policy = {
      name: 'who',
      decide: ({ principal }: PolicyRequest) => {
        asked.push(principal);
        return 'permit' as const;
      },
    };
    const { manager, store } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal')],
      policies: [policy],
    });
    const first = await manager.executeHandoff(toBilling, { principal: 'ann' });
    const next = { target: 'legal', task: 'Check', parent: first } as const;
    const context = await manager.createHandoff(next);
    await manager.executeHandoff(context);
    await manager.executeHandoff(next, { principal: 'bob' });
    const log = await store.readTask(first.taskId);
    expect(log.map(({ principal }) => principal)).toEqual([
      'ann',
      ...log.slice(1).map(() => undefined),
    ]);
    // The task's owner stands behind all that continues it, unless somebody else does.
    expect(asked).toEqual(['ann', 'ann', 'ann', 'bob']);
  });

  it('limits: tighter ones bind the task from there on, looser ones nothing', async () => {
    const { manager, store } = managed({
      agents: [scriptedAgent('billing'), scriptedAgent('legal'), scriptedAgent('sales')],
      limits: { maxHandoffs: 3 },
    });
    const first = await manager.executeHandoff(toBilling, { limits: { maxHandoffs: 2 } });
    const second = await manager.executeHandoff(
      { target: 'legal', task: 'Check', parent: first },
      { limits: { maxHandoffs: 1_000 } },
    );
    expect(second.status).toBe('completed');
    const third = await manager.executeHandoff({ target: 'sales', task: 'Call', parent: second });
    expect(third).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', details: { bound: 2 } } });
    const limits = (await store.readTask(first.taskId)).map(({ ledger }) => ledger.limits);
    expect(limits.map(({ maxHandoffs }) => maxHandoffs)).toEqual(limits.map(() => 2));
  });

  it.each([
    ['maxTokens', { maxTokens: 10 }, 10],
    ['maxHandoffs', { maxHandoffs: 1 }, 1],
  ] as const)(
    'limits.%s: also where a recorded context is executed',
    async (name, limits, bound) => {
      const { manager, store } = managed({
        agents: [scriptedAgent('billing', () => report(tokens(20))), scriptedAgent('legal')],
      });
      const context = await manager.createHandoff(toBilling);
      const first = await manager.executeHandoff(context, { limits });
      expect((await store.readTask(first.taskId)).at(-1)?.ledger.limits[name]).toBe(bound);
      expect(
        await manager.executeHandoff({ target: 'legal', task: 'Check', parent: first }),
      ).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', details: { limit: name, bound } } });
    },
  );

  it('limits.timeoutMs and maxVisitsPerAgent: per call too', async () => {
    const { manager, clock } = managed({ agents: [scriptedAgent('billing', never)] });
    const running = manager.executeHandoff(toBilling, { limits: { timeoutMs: 500 } });
    await clock.advance(500);
    expect(await running).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' }, durationMs: 500 });

    const again = desk().manager;
    const first = await again.executeHandoff(toBilling, { limits: { maxVisitsPerAgent: 1 } });
    const second = await again.executeHandoff({ target: 'legal', task: 'x', parent: first });
    expect(
      await again.executeHandoff({ target: 'billing', task: 'x', parent: second }),
    ).toMatchObject({ error: { code: 'CYCLE' } });
  });

  it('limits: one that can not be is a programming mistake', async () => {
    const { manager } = desk();
    for (const limits of [{ maxTokens: 0 }, { maxHops: 3 } as never]) {
      await expect(manager.executeHandoff(toBilling, { limits })).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
      });
    }
    expect(await manager.history()).toEqual([]);
  });

  it('origin: in the record, and told to the agent with a delimiter that stays', async () => {
    const billing = scriptedAgent('billing');
    const { manager, store } = managed({ agents: [billing] });
    const result = await manager.executeHandoff(toBilling, { origin: 'unverified' });
    expect(billing.calls[0]?.options).toMatchObject({
      origin: 'unverified',
      delimiter: 'delimiter-1',
    });
    const origins = (await store.readTask(result.taskId)).map(({ origin }) => origin);
    expect(origins).toEqual(['unverified', 'unverified', 'unverified']);
    await manager.executeHandoff(toBilling);
    expect(billing.calls[1]?.options.origin).toBe('own');
    expect(billing.calls[1]?.options.delimiter).toBeUndefined();
  });

  it('findingOrigins: in the record, and told to the agent', async () => {
    const billing = scriptedAgent('billing');
    const { manager, store } = managed({ agents: [billing] });
    const findingOrigins = { web: 'unverified' } as const;
    const result = await manager.executeHandoff(
      { ...toBilling, findings: { web: 'found', order: 1 } },
      { findingOrigins },
    );
    expect(billing.calls[0]?.options).toMatchObject({
      origin: 'own',
      findingOrigins,
      delimiter: 'delimiter-1',
    });
    expect((await store.readTask(result.taskId))[0]?.findingOrigins).toEqual(findingOrigins);
  });

  it('timeoutMs: of this handoff alone, and only ever shorter than the limit', async () => {
    const { manager, clock } = managed({
      agents: [scriptedAgent('billing', never), scriptedAgent('legal', never)],
      limits: { timeoutMs: 2_000 },
    });
    const short = manager.executeHandoff(toBilling, { timeoutMs: 500 });
    const long = manager.executeHandoff({ target: 'legal', task: 'x' }, { timeoutMs: 9_999 });
    await clock.advance(500);
    expect(await short).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' }, durationMs: 500 });
    await clock.advance(1_500);
    expect(await long).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' }, durationMs: 2_000 });
  });

  it('timeoutMs: holds for a recorded context, however it is run', async () => {
    const { manager, clock } = managed({ agents: [scriptedAgent('billing', never)] });
    const context = await manager.createHandoff(toBilling);
    const executed = manager.executeHandoff(context, { timeoutMs: 500 });
    const { handoffId } = await manager.submitHandoff(toBilling, { timeoutMs: 500 });
    const streamed = manager.streamHandoff(toBilling, { timeoutMs: 500 }).result;
    await clock.advance(500);
    expect(await executed).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
    expect(await streamed).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
    expect((await manager.get(handoffId))?.result).toMatchObject({
      error: { code: 'DEADLINE_EXCEEDED' },
      durationMs: 500,
    });
  });

  it.each([0, -1, Number.NaN])('timeoutMs: %s is a programming mistake', async (timeoutMs) => {
    const { manager } = desk();
    const mistake = {
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('timeoutMs'),
    };
    await expect(manager.executeHandoff(toBilling, { timeoutMs })).rejects.toMatchObject(mistake);
    await expect(manager.submitHandoff(toBilling, { timeoutMs })).rejects.toMatchObject(mistake);
    await expect(manager.streamHandoff(toBilling, { timeoutMs }).result).rejects.toMatchObject(
      mistake,
    );
    expect(await manager.history()).toEqual([]);
  });
});
