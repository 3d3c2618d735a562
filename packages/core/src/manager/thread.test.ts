import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { mortalStore } from '../../test/model/mortal-store.ts';
import { never, report, type Script, scriptedAgent } from '../../test/scripted-agent.ts';
import { calling } from '../../test/tool-calls.ts';
import { turns, until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { message, messageText } from '../context/message.ts';
import type { Policy } from '../policy/policy.ts';
import { memoryStore } from '../record/memory-store.ts';
import { memoryThreads, type ThreadStore } from '../record/thread-store.ts';

const turn = { entry: 'triage', input: 'Hello', threadId: 't' } as const;
const says =
  (output: string): Script =>
  () =>
    report({ output, messages: [message.assistant(output)] });

describe('a thread whose process died', () => {
  it('is taken over when the time of its turn is over, and its work ends', async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const doomed = mortalStore(store);
    const dead = scriptedAgent('triage', never);
    const first = managed({ agents: [dead], store: doomed, clock });
    void first.manager.run(turn);
    await until(() => dead.calls.length === 1);
    doomed.die();
    const second = managed({
      agents: [scriptedAgent('triage', 'Hi.')],
      store,
      clock,
      ids: countingIds('-b'),
    });
    const next = second.manager.run({ ...turn, input: 'Anyone?' });
    await clock.advance(100);
    expect(await second.manager.getThread('t')).toMatchObject({ openHandoffId: 'handoff-1' });
    await clock.advance(330_001);
    expect(await next).toMatchObject({ status: 'completed', output: 'Hi.' });
    expect(await second.manager.get('handoff-1')).toMatchObject({
      status: 'failed',
      result: { error: { code: 'INTERRUPTED' } },
    });
    const thread = await second.manager.getThread('t');
    expect(thread?.messages.map(messageText)).toEqual(['Hello', 'Anyone?', 'Hi.']);
    await second.expectEnded('task-1');
  });

  it('has what the turn had said, though it died before the thread was told', async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const doomed = mortalStore(store);
    const triage = () =>
      scriptedAgent('triage', calling([['transfer_to_billing', {}]], 'Over to billing.'), {
        canTransferTo: ['billing'],
      });
    const dying: Script = () => {
      // Behind it come the end record and then the thread.
      doomed.dieAfter(1);
      return report({ output: 'Refunded.', messages: [message.assistant('Refunded.')] });
    };
    const first = managed({
      agents: [triage(), scriptedAgent('billing', dying)],
      store: doomed,
      clock,
    });
    void first.manager.run(turn);
    await until(() => doomed.isDead);

    const billing = scriptedAgent('billing', says('You are welcome.'));
    const agents = [triage(), billing];
    const second = managed({ agents, store, clock, ids: countingIds('-b') });
    await clock.advance(660_001);
    expect(await second.manager.run({ ...turn, input: 'Thanks' })).toMatchObject({
      status: 'completed',
      sourceAgentId: 'user',
      targetAgentId: 'billing',
    });
    const said = ['Hello', '', '', 'Refunded.', 'Thanks', 'You are welcome.'];
    const thread = await second.manager.getThread('t');
    expect(thread?.messages.map(messageText)).toEqual(said);
    expect(billing.calls[0]?.context.keyMessages.map(messageText)).toEqual(said.slice(0, 5));
    // Whoever resumes the dead turn now finds it told already.
    await second.manager.resume('handoff-1');
    expect((await second.manager.getThread('t'))?.messages.map(messageText)).toEqual(said);
  });

  it.each(['stay', 'return'] as const)(
    'goes on with the agent that its dead turn meant to: %s',
    async (afterTurn) => {
      const store = memoryStore();
      const clock = new ManualClock();
      const doomed = mortalStore(store);
      const triage = scriptedAgent('triage', calling([['transfer_to_billing', {}]]), {
        canTransferTo: ['billing'],
      });
      const billing = scriptedAgent('billing', () => {
        doomed.dieAfter(1);
        return report({ output: 'Refunded.' });
      });
      const first = managed({ agents: [triage, billing], store: doomed, clock });
      void first.manager.run({ ...turn, afterTurn });
      await until(() => doomed.isDead);
      const agents = [scriptedAgent('triage', 'And now?'), scriptedAgent('billing', 'Bye.')];
      const second = managed({ agents, store, clock, ids: countingIds('-b') });
      await clock.advance(660_001);
      const next = await second.manager.run({ ...turn, input: 'Thanks' });
      expect(next.output).toBe(afterTurn === 'stay' ? 'Bye.' : 'And now?');
    },
  );

  it('has nothing of a dead turn whose content was erased', async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const doomed = mortalStore(store);
    const triage = scriptedAgent('triage', () => {
      doomed.dieAfter(1);
      return report({ output: 'Hi.' });
    });
    const first = managed({ agents: [triage], store: doomed, clock });
    void first.manager.run(turn);
    await until(() => doomed.isDead);
    const agents = [scriptedAgent('triage', says('Hi again.'))];
    const second = managed({ agents, store, clock, ids: countingIds('-b') });
    await second.manager.erase('task-1');
    await clock.advance(660_001);
    await second.manager.run({ ...turn, input: 'Anyone?' });
    const thread = await second.manager.getThread('t');
    expect(thread?.messages.map(messageText)).toEqual(['Anyone?', 'Hi again.']);
  });

  it('is not taken from a turn whose agent still has its lease', async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const lead = createPersonAgent({ id: 'lead' });
    const waitMs = (ms: number) =>
      new Promise<void>((resolve) => {
        clock.schedule(ms, resolve);
      });
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        if (call.call > 2) return report({ output: 'And?' });
        const asked = calling([['delegate_to_lead', { task: 'May I?' }]], 'I may.');
        const said = await asked(call);
        await waitMs(290_000);
        return said;
      },
      { canDelegateTo: ['lead'] },
    );
    const first = managed({ agents: [triage, lead], store, clock });
    const second = managed({ agents: [triage, lead], store, clock, ids: countingIds('-b') });
    const running = first.manager.run(turn);
    await until(() => triage.calls.length === 1);
    await clock.advance(1_000);
    const [asked] = await second.manager.pending();
    await second.manager.resume(asked?.handoffId ?? '', { type: 'answer', output: 'Yes.' });
    // It goes on long after the turn began, and has as much time again.
    await clock.advance(290_000);
    expect(triage.calls).toHaveLength(2);
    const next = second.manager.run({ ...turn, input: 'And?' });
    await clock.advance(291_000);
    expect(await running).toMatchObject({ status: 'completed', output: 'I may.' });
    expect(await next).toMatchObject({ status: 'completed', output: 'And?' });
    const thread = await second.manager.getThread('t');
    expect(thread?.messages.map(messageText).filter((text) => text !== '')).toEqual([
      'Hello',
      'I may.',
      'And?',
      'And?',
    ]);
  });

  it('still waits for a decision of which the thread was not told', async () => {
    const lead = createPersonAgent({ id: 'lead' });
    const store = memoryStore();
    const clock = new ManualClock();
    // The thread, the handoff, and that it waits.
    const doomed = mortalStore(store, 3);
    const first = managed({ agents: [lead], store: doomed, clock });
    void first.manager.run({ ...turn, entry: 'lead' });
    await until(() => doomed.isDead);
    const second = managed({ agents: [lead], store, clock, ids: countingIds('-b') });
    await clock.advance(330_001);
    const next = { ...turn, entry: 'lead', input: 'And?' } as const;
    expect(await second.manager.run(next)).toMatchObject({ error: { code: 'THREAD_BUSY' } });
    const [asked] = await second.manager.pending();
    const answer = { type: 'answer', output: 'Yes.' } as const;
    await second.manager.resume(asked?.handoffId ?? '', answer);
    const thread = await second.manager.getThread('t');
    expect(thread?.messages.map(messageText)).toEqual(['Hello', 'Yes.']);
  });

  it('is free again when what it waits for was not decided in time', async () => {
    const lead = createPersonAgent({ id: 'lead' });
    const triage = scriptedAgent('triage', calling([['escalate_to_lead', {}]]), {
      canEscalateTo: ['lead'],
    });
    const { manager, clock } = managed({ agents: [triage, lead], approvalTimeoutMs: 60_000 });
    const waiting = await manager.run(turn);
    await clock.advance(60_001);
    const next = await manager.run({ ...turn, input: 'Again' });
    expect(next).toMatchObject({ status: 'awaiting-approval' });
    expect(await manager.get(waiting.handoffId)).toMatchObject({ status: 'failed' });
  });
});

describe('a turn that is approved in the last moment', () => {
  it.each(['triage', 'billing'])(
    'goes on, and the next one waits for it, though that found its time over: %s',
    async (asking) => {
      const said = Promise.withResolvers<string>();
      const began: string[] = [];
      const work: Script = async ({ context }) => {
        began.push(context.targetAgentId);
        const output = await said.promise;
        return report({ output, messages: [message.assistant(output)] });
      };
      const triage = scriptedAgent(
        'triage',
        asking === 'triage' ? work : calling([['delegate_to_billing', { task: 'x' }]], 'Hi.'),
        { canDelegateTo: ['billing'] },
      );
      const ask: Policy = {
        name: 'ask',
        decide: ({ context }) =>
          context.targetAgentId === asking ? { requireApproval: 'first' } : 'permit',
      };
      const options = { policies: [ask], approvalTimeoutMs: 60_000 };
      const first = managed({ ...options, agents: [triage, scriptedAgent('billing', work)] });
      const { store } = first;
      const { taskId } = await first.manager.run(turn);
      const [asked] = await first.manager.pending();
      await first.clock.advance(60_000);
      let approved: Promise<unknown> | undefined;
      const second = managed({
        agents: [scriptedAgent('triage', says('Again.'))],
        approvalTimeoutMs: 60_000,
        ids: countingIds('-b'),
        store: {
          ...faultyStore(store),
          ...(store.threads && { threads: store.threads }),
          async append(...given) {
            approved ??= first.manager.resume(asked?.handoffId ?? '', { type: 'approve' });
            await until(() => began.length === 1);
            return store.append(...given);
          },
        },
      });
      await second.clock.advance(60_001);
      const next = second.manager.run({ ...turn, input: 'Again' });
      await until(() => began.length === 1);
      await second.clock.advance(1_000);
      said.resolve('Hi.');
      expect(await approved).toMatchObject({ status: 'completed', output: 'Hi.' });
      await second.clock.advance(1_000);
      expect(await next).toMatchObject({ status: 'completed', output: 'Again.' });
      const thread = await first.manager.getThread('t');
      const texts = thread?.messages.map(messageText).filter((text) => text !== '');
      expect(texts?.at(0)).toBe('Hello');
      expect(texts?.slice(-3)).toEqual(['Hi.', 'Again', 'Again.']);
      await first.expectEnded(taskId);
    },
  );
});

describe('a turn that is taken up where its agent is unknown', () => {
  it('keeps its thread for a process that knows the agent', async () => {
    const store = memoryStore();
    const asks = [{ name: 'ask', decide: () => ({ requireApproval: 'first' }) }];
    const agents = [scriptedAgent('triage', says('Hi.'))];
    const first = managed({ agents, policies: asks, store });
    const { handoffId } = await first.manager.run(turn);
    const others = [scriptedAgent('billing')];
    const stranger = managed({ agents: others, store, ids: countingIds('-b') });
    expect(await stranger.manager.resume(handoffId, { type: 'approve' })).toMatchObject({
      error: { code: 'AGENT_NOT_FOUND' },
    });
    expect(await first.manager.getThread('t')).toMatchObject({ openHandoffId: handoffId });
    expect(await first.manager.resume(handoffId)).toMatchObject({ output: 'Hi.' });
    const thread = await first.manager.getThread('t');
    expect(thread?.openHandoffId).toBeUndefined();
    expect(thread?.messages.map(messageText)).toEqual(['Hello', 'Hi.']);
  });
});

describe('a turn that is refused', () => {
  it.each(['its store failed', 'its caller gave up'] as const)(
    'has not taken place where %s before it began: said again, it is there once',
    async (why) => {
      const inner = memoryStore();
      const controller = new AbortController();
      let spoilt = true;
      const store = faultyStore(inner);
      const kept = memoryThreads();
      const threads: ThreadStore = {
        ...kept,
        async writeThread(...write) {
          // The turn has its thread; its first handoff is yet to open.
          if (spoilt && why === 'its caller gave up') controller.abort();
          return kept.writeThread(...write);
        },
      };
      if (why === 'its store failed') store.break({ method: 'append', when: 'before' });
      const { manager, clock } = managed({
        agents: [scriptedAgent('triage', says('Hi.'))],
        store,
        threads,
      });
      const first = manager.run(turn, { signal: controller.signal });
      await clock.advance(1_000);
      expect((await first).success).toBe(false);
      spoilt = false;
      store.break();
      expect(await manager.run(turn)).toMatchObject({ status: 'completed' });
      const thread = await manager.getThread('t');
      expect(thread?.messages.map(messageText)).toEqual(['Hello', 'Hi.']);
    },
  );

  it('has not taken place: the thread begins with the first that is not', async () => {
    const { manager } = managed({ agents: [scriptedAgent('triage', 'Hi.')] });
    const unknown = { ...turn, entry: 'nobody' } as never;
    expect(await manager.run(unknown)).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
    const tooLong = { ...turn, input: 'x'.repeat(1_048_577) };
    expect(await manager.run(tooLong)).toMatchObject({ error: { code: 'INVALID_CONTEXT' } });
    expect(await manager.run(turn)).toMatchObject({ status: 'completed', output: 'Hi.' });
    const thread = await manager.getThread('t');
    expect(thread).toMatchObject({ activeAgentId: 'triage' });
    expect(thread?.messages.map(messageText)).toEqual(['Hello', 'Hi.']);
  });
});

describe('a thread whose store fails', () => {
  function failing(fails: (method: keyof ThreadStore, call: number) => boolean): ThreadStore {
    const threads = memoryThreads();
    let calls = 0;
    const tried =
      <Args extends unknown[], Answer>(
        method: keyof ThreadStore,
        act: (...args: Args) => Promise<Answer>,
      ) =>
      async (...args: Args) => {
        if (fails(method, ++calls)) throw new Error('disk on fire');
        return act(...args);
      };
    return {
      readThread: tried('readThread', threads.readThread),
      writeThread: tried('writeThread', threads.writeThread),
      deleteThread: tried('deleteThread', threads.deleteThread),
    };
  }

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'at its call %i: a coded result with all that was done',
    async (bad) => {
      let at = 0;
      const threads = failing((_, call) => {
        at = call;
        return call === bad;
      });
      const triage = scriptedAgent('triage', calling([['transfer_to_billing', {}]]), {
        canTransferTo: ['billing'],
      });
      const billing = scriptedAgent('billing', 'Refunded.');
      const store = memoryStore();
      const { manager } = managed({ agents: [triage, billing], threads, store });
      const result = await manager.run(turn);
      if (at < bad) {
        expect(result).toMatchObject({ status: 'completed' });
        return;
      }
      expect(result).toMatchObject({ status: 'failed', error: { code: 'STORE_FAILED' } });
      // What was answered is not lost, and once the store is well again the turn is brought to its end.
      const answered = (await manager.history()).filter(({ status }) => status === 'completed');
      expect(result.steps.map(({ handoffId }) => handoffId)).toEqual(
        answered.map(({ handoffId }) => handoffId),
      );
      if (answered.length === 0) return;
      expect(await manager.resume('handoff-1')).toMatchObject({
        status: 'completed',
        output: 'Refunded.',
      });
      const thread = await manager.getThread('t');
      expect(thread).toMatchObject({ activeAgentId: 'billing' });
      expect(thread?.messages.map(messageText).at(-1)).toBe('Refunded.');
      expect(thread?.openHandoffId).toBeUndefined();
    },
  );
});

describe('what a thread keeps', () => {
  it('is redacted, in the transcript and in the body of its run', async () => {
    const secret = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD';
    const store = memoryStore();
    const triage = scriptedAgent('triage', says(`Got ${secret}`));
    const { manager } = managed({ agents: [triage], store });
    const { taskId } = await manager.run({
      ...turn,
      input: `Use ${secret}`,
      findings: { apiKey: 'hunter2' },
    });
    expect(JSON.stringify(await manager.getThread('t'))).not.toContain(secret);
    const log = await store.readTask(taskId);
    const digests = log.flatMap(({ contextDigest, outcomeDigest, runDigest }) =>
      [contextDigest, outcomeDigest, runDigest].filter((digest) => digest !== undefined),
    );
    const bodies = JSON.stringify(await store.readBodies(taskId, digests));
    expect(bodies).toContain('[redacted]');
    expect(bodies).not.toContain(secret);
    expect(bodies).not.toContain('hunter2');
  });

  it('may be longer than any context: the newest of it is handed on', async () => {
    const long = 'x'.repeat(90_000);
    const triage = scriptedAgent('triage', says(`${long}!`));
    const { manager } = managed({ agents: [triage] });
    for (let i = 0; i < 12; i++) {
      expect(await manager.run({ ...turn, input: `Turn ${i}` })).toMatchObject({
        status: 'completed',
      });
    }
    const thread = await manager.getThread('t');
    expect(thread?.messages).toHaveLength(24);
    const received = triage.calls.at(-1)?.context.keyMessages ?? [];
    expect(messageText(received.at(-1) as never)).toBe('Turn 11');
    expect(received.length).toBeGreaterThan(5);
  });

  it('is whole where the steps of one turn said more together than a context may hold', async () => {
    const long = 'y'.repeat(600_000);
    const handsOn = (id: string, to: string) =>
      scriptedAgent(
        id,
        async (call) => {
          const said = (await calling([[`transfer_to_${to}`, {}]])(call)) as { messages: [] };
          return report({ output: '', messages: [message.assistant(long), ...said.messages] });
        },
        { canTransferTo: [to] },
      );
    const agents = [
      handsOn('triage', 'billing'),
      handsOn('billing', 'legal'),
      scriptedAgent('legal', 'Fine.'),
    ];
    const { manager } = managed({ agents });
    expect(await manager.run(turn)).toMatchObject({ status: 'completed', output: 'Fine.' });
    const thread = await manager.getThread('t');
    expect(thread?.messages.map(({ role }) => role)).toEqual([
      'user',
      ...['assistant', 'assistant', 'tool'],
      ...['assistant', 'assistant', 'tool'],
      'assistant',
    ]);
    expect(thread?.openHandoffId).toBeUndefined();
  });

  it('has many small messages too', async () => {
    const triage = scriptedAgent('triage', ({ call }) =>
      report({
        output: 'ok',
        messages: Array.from({ length: 9_000 }, () => message.assistant(`${call}`)),
      }),
    );
    const { manager } = managed({ agents: [triage] });
    for (let i = 0; i < 4; i++) {
      expect(await manager.run({ ...turn, input: `${i}` })).toMatchObject({ status: 'completed' });
    }
  });

  it.each(['', 'a b', '../x', '__proto__', 'é', 'x'.repeat(129), 7, null, {}])(
    'is refused under the id %j',
    async (threadId) => {
      const { manager, store } = managed({ agents: [scriptedAgent('triage')] });
      const bad = { code: 'INVALID_CONFIGURATION' };
      await expect(manager.run({ ...turn, threadId } as never)).rejects.toMatchObject(bad);
      await expect(manager.getThread(threadId as never)).rejects.toMatchObject(bad);
      await expect(manager.deleteThread(threadId as never)).rejects.toMatchObject(bad);
      await expect(manager.streamRun({ ...turn, threadId } as never).result).rejects.toMatchObject(
        bad,
      );
      expect((await store.query({})).handoffs).toEqual([]);
    },
  );

  it('is forgotten when it is deleted, also while a turn goes on', async () => {
    let finish = (): void => {};
    const triage = scriptedAgent('triage', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return report({ output: 'Hi.' });
    });
    const { manager } = managed({ agents: [triage] });
    const running = manager.run(turn);
    await until(() => triage.calls.length === 1);
    expect(await manager.deleteThread('t')).toBe(true);
    finish();
    expect(await running).toMatchObject({ status: 'completed' });
    await turns();
    expect(await manager.getThread('t')).toBeUndefined();
  });
});
