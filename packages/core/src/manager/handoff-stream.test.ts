import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, type Script, scriptedAgent } from '../../test/scripted-agent.ts';
import { turns, until } from '../../test/turns.ts';
import type { HandoffEvent } from '../events/handoff-event.ts';
import { memoryStore } from '../record/memory-store.ts';
import type { HandoffManager } from './handoff-manager.ts';

const toBilling = { target: 'billing', task: 'Refund order 1182' } as const;

/** Says its answer word by word. */
const wordByWord =
  (output: string): Script =>
  async ({ options }) => {
    for (const delta of output.split(/(?<= )/)) {
      options.onEvent?.({ type: 'output-delta', delta });
      await turns(1);
    }
    return report({ output });
  };

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const inShort = (event: HandoffEvent): string =>
  event.type === 'output-delta'
    ? event.delta
    : 'targetAgentId' in event
      ? `${event.seq} ${event.type} ${event.targetAgentId}`
      : event.type;

describe('streamHandoff', () => {
  it('tells each record once, deltas between them, and last that the task is finished', async () => {
    const { manager, store, clock } = managed({
      agents: [scriptedAgent('billing', wordByWord('All is well'))],
    });
    const stream = manager.streamHandoff(toBilling);
    const events = await all(stream);
    expect(events.map(inShort)).toEqual([
      '1 requested billing',
      '2 accepted billing',
      'All ',
      'is ',
      'well',
      '3 completed billing',
      'task-finished',
    ]);
    const { taskId, handoffId } = await stream.result;
    expect(Object.keys(events[0] ?? {})).not.toContain('attempt');
    expect(events[1]).toStrictEqual({
      type: 'accepted',
      taskId,
      handoffId,
      seq: 2,
      sourceAgentId: 'user',
      targetAgentId: 'billing',
      reason: 'specialization',
      at: (await store.readTask(taskId))[1]?.at,
      attempt: 1,
    });
    expect(events[2]).toEqual({
      type: 'output-delta',
      taskId,
      handoffId,
      agentId: 'billing',
      attempt: 1,
      delta: 'All ',
    });
    expect(events.at(-1)).toEqual({
      type: 'task-finished',
      taskId,
      handoffId,
      seq: 3,
      at: '2026-11-24T09:00:00.000Z',
    });
    expect(clock.waiting).toBe(0);
  });

  it('comes as it happens, not at the end', async () => {
    const answer = Promise.withResolvers<string>();
    const { manager } = managed({
      agents: [
        scriptedAgent('billing', ({ options }) => {
          options.onEvent?.({ type: 'tool-called', toolCallId: 'c', toolName: 'refund' });
          return answer.promise;
        }),
      ],
    });
    const stream = manager.streamHandoff(toBilling);
    const reader = stream[Symbol.asyncIterator]();
    const seen = [await reader.next(), await reader.next(), await reader.next()];
    expect(seen.map(({ value }) => value?.type)).toEqual(['requested', 'accepted', 'tool-called']);
    answer.resolve('done');
    expect((await reader.next()).value).toMatchObject({ type: 'completed' });
  });

  it('can be read by several, at once, later, and after the end', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing', wordByWord('so it is'))] });
    const stream = manager.streamHandoff(toBilling);
    const [one, two] = await Promise.all([all(stream), all(stream)]);
    expect(two).toEqual(one);
    expect(one).toHaveLength(7);
    expect(await all(stream)).toEqual(one);
    expect(await all(stream.textStream)).toEqual(['so ', 'it ', 'is']);
    expect(await all(stream.textStream)).toEqual(['so ', 'it ', 'is']);
  });

  it('can be left early: the handoff goes on', async () => {
    const { manager, expectEnded } = managed({
      agents: [scriptedAgent('billing', wordByWord('to the end'))],
    });
    const stream = manager.streamHandoff(toBilling);
    for await (const event of stream) if (event.type === 'accepted') break;
    for await (const text of stream.textStream) if (text === 'to ') break;
    expect(await stream.result).toMatchObject({ status: 'completed', output: 'to the end' });
    await expectEnded((await stream.result).taskId);
  });

  it.each(['events', 'text', 'text of what has not begun'] as const)(
    '%s: can be left while nothing comes',
    async (what) => {
      const answer = Promise.withResolvers<string>();
      const store = faultyStore(memoryStore());
      const begin = Promise.withResolvers<void>();
      const { manager, expectEnded } = managed({
        agents: [scriptedAgent('legal'), scriptedAgent('billing', () => answer.promise)],
        store: {
          ...store,
          async findTask(handoffId) {
            if (what === 'text of what has not begun') await begin.promise;
            return store.findTask(handoffId);
          },
        },
      });
      const stream = manager.streamHandoff(toBilling);
      const events = what === 'events';
      const reader = (events ? stream : stream.textStream)[Symbol.asyncIterator]();
      if (events) expect([await reader.next(), await reader.next()]).toHaveLength(2);
      const next = reader.next();
      await turns();
      expect(await reader.return?.()).toEqual({ done: true, value: undefined });
      expect(await next).toEqual({ done: true, value: undefined });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      begin.resolve();
      answer.resolve('done');
      expect(await stream.result).toMatchObject({ status: 'completed' });
      expect(await all(stream.textStream)).toEqual(['done']);
      await expectEnded((await stream.result).taskId);
    },
  );

  it('tells at once what an agent says whose handoff began before the stream', async () => {
    const [say, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    const slow = scriptedAgent('slow', async ({ options }) => {
      await say.promise;
      options.onEvent?.({ type: 'output-delta', delta: 'now' });
      return answer.promise;
    });
    const { manager } = managed({
      agents: [scriptedAgent('lead'), slow, scriptedAgent('billing', () => answer.promise)],
    });
    const parent = await manager.executeHandoff({ target: 'lead', task: 'Plan' });
    // Agents stream where somebody follows the task as they begin.
    manager.events.subscribe(parent.taskId, () => {});
    const beside = manager.executeHandoff({ target: 'slow', task: 'Work', parent });
    await until(() => slow.calls.length === 1);
    const stream = manager.streamHandoff({ ...toBilling, parent });
    const reader = stream[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ type: 'requested' });
    expect((await reader.next()).value).toMatchObject({ type: 'accepted' });
    say.resolve();
    await turns();
    expect(await Promise.race([reader.next(), turns(50)])).toMatchObject({
      value: { type: 'output-delta', delta: 'now' },
    });
    answer.resolve('done');
    await Promise.all([stream.result, beside]);
  });

  it('runs without being read', async () => {
    const { manager, clock } = managed({ agents: [scriptedAgent('billing', 'done')] });
    const { result } = manager.streamHandoff(toBilling);
    expect((await result).status).toBe('completed');
    expect(clock.waiting).toBe(0);
  });

  it('textStream: one piece where the target does not stream, none where it fails', async () => {
    const { manager } = managed({
      agents: [
        scriptedAgent('billing', 'in one piece'),
        scriptedAgent('legal', () => {
          throw new Error('no');
        }),
      ],
    });
    expect(await all(manager.streamHandoff(toBilling).textStream)).toEqual(['in one piece']);
    const failing = manager.streamHandoff({ target: 'legal', task: 'x' });
    expect(await all(failing.textStream)).toEqual([]);
    expect((await all(failing)).map(inShort)).toEqual([
      '1 requested legal',
      '2 accepted legal',
      '3 failed legal',
      'task-finished',
    ]);
  });

  it('a refused handoff: its records, or nothing where nothing was written', async () => {
    const { manager } = managed({
      agents: [scriptedAgent('billing')],
      policies: [{ name: 'shut', decide: () => ({ deny: 'closed' }) }],
    });
    const refused = manager.streamHandoff(toBilling);
    expect((await all(refused)).map(inShort)).toEqual([
      '1 requested billing',
      '2 rejected billing',
      'task-finished',
    ]);
    expect(await refused.result).toMatchObject({ error: { code: 'POLICY_DENIED' } });
    const unknown = manager.streamHandoff({ ...toBilling, target: 'sales' as 'billing' });
    expect(await all(unknown)).toEqual([]);
    expect(await all(unknown.textStream)).toEqual([]);
    expect(await unknown.result).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
  });

  it('a programming mistake: thrown from the result and to every reader', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing')] });
    const stream = manager.streamHandoff(toBilling, { timeoutMs: 0 });
    const mistake = { code: 'INVALID_CONFIGURATION' };
    await expect(all(stream)).rejects.toMatchObject(mistake);
    await expect(all(stream.textStream)).rejects.toMatchObject(mistake);
    await expect(stream.result).rejects.toMatchObject(mistake);
    // Found only while it opens.
    const limits = { maxTokens: 0.5 };
    const later = manager.streamHandoff(toBilling, { limits });
    await expect(all(later)).rejects.toMatchObject(mistake);
    await expect(later.result).rejects.toMatchObject(mistake);
  });

  it('of a handoff within a task: what is new, and not what was before', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing'), scriptedAgent('legal')] });
    const parent = await manager.executeHandoff(toBilling);
    const stream = manager.streamHandoff({ target: 'legal', task: 'Check', parent });
    expect((await all(stream)).map(inShort)).toEqual([
      '4 requested legal',
      '5 accepted legal',
      '6 completed legal',
      'task-finished',
    ]);
  });

  it('of a recorded context: from its request on, also when it has run', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing')] });
    const context = await manager.createHandoff(toBilling);
    const told = [
      '1 requested billing',
      '2 accepted billing',
      '3 completed billing',
      'task-finished',
    ];
    const first = manager.streamHandoff(context);
    expect((await all(first)).map(inShort)).toEqual(told);
    const again = manager.streamHandoff(context);
    expect((await all(again)).map(inShort)).toEqual(told);
    expect(await again.result).toEqual(await first.result);
  });

  it('of a handoff that another manager runs: its records as they come', async () => {
    const store = memoryStore();
    const answer = Promise.withResolvers<string>();
    const billing = scriptedAgent('billing', () => answer.promise);
    const key = { idempotencyKey: 'k' };
    const a = managed({ agents: [billing], store, ids: countingIds('-a') }).manager;
    const b = managed({ agents: [scriptedAgent('billing')], store, ids: countingIds('-b') });
    const running = a.executeHandoff(toBilling, key);
    await until(() => billing.calls.length === 1);
    const stream = b.manager.streamHandoff(toBilling, key);
    const reader = stream[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ type: 'requested' });
    expect((await reader.next()).value).toMatchObject({ type: 'accepted' });
    answer.resolve('from a');
    expect((await reader.next()).value).toMatchObject({ type: 'completed' });
    expect(await stream.result).toEqual(await running);
    expect(await all(stream.textStream)).toEqual(['from a']);
  });

  it("follows what the target hands out, each under its own id; the text is the target's", async () => {
    let manager: HandoffManager;
    const legal = scriptedAgent('legal', wordByWord('it is legal'));
    const billing = scriptedAgent('billing', async (call) => {
      const asked = { target: 'legal', task: 'Check', parent: call.context };
      await manager.executeHandoff(asked);
      return wordByWord('all fine')(call);
    });
    manager = managed({ agents: [billing, legal] }).manager;
    const stream = manager.streamHandoff(toBilling);
    expect((await all(stream)).map(inShort)).toEqual([
      '1 requested billing',
      '2 accepted billing',
      '3 requested legal',
      '4 accepted legal',
      'it ',
      'is ',
      'legal',
      '5 completed legal',
      'all ',
      'fine',
      '6 completed billing',
      'task-finished',
    ]);
    expect(await all(stream.textStream)).toEqual(['all ', 'fine']);
    const { handoffId } = await stream.result;
    const others = (await all(stream)).filter((event) => event.handoffId !== handoffId);
    expect(others).toHaveLength(6);
  });

  it('while another handoff of the task is open: no word of its being finished', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing'), scriptedAgent('legal')] });
    const parent = await manager.executeHandoff(toBilling);
    await manager.createHandoff({ target: 'legal', task: 'Later', parent });
    const stream = manager.streamHandoff({ target: 'legal', task: 'Now', parent });
    expect((await all(stream)).map(inShort)).toEqual([
      '5 requested legal',
      '6 accepted legal',
      '7 completed legal',
    ]);
  });

  it('what an agent says after its end is not told', async () => {
    const late = Promise.withResolvers<void>();
    const slow = scriptedAgent('billing', async ({ options }) => {
      await late.promise;
      options.onEvent?.({ type: 'output-delta', delta: 'too late' });
      return 'too late';
    });
    let manager: HandoffManager;
    const lead = scriptedAgent('lead', async ({ context }) => {
      const asked = { target: 'billing', task: 'x', parent: context };
      const { status } = await manager.executeHandoff(asked, { timeoutMs: 100 });
      late.resolve();
      await turns();
      return status;
    });
    const made = managed({ agents: [lead, slow] });
    manager = made.manager;
    const stream = manager.streamHandoff({ target: 'lead', task: 'x' });
    const reading = all(stream);
    await until(() => slow.calls.length === 1);
    await made.clock.advance(100);
    expect((await reading).map(inShort)).toEqual([
      '1 requested lead',
      '2 accepted lead',
      '3 requested billing',
      '4 accepted billing',
      '5 failed billing',
      '6 completed lead',
      'task-finished',
    ]);
  });

  it.each([
    ['at once', { method: 'watch', when: 'before' }],
    ['after its first record', { method: 'watch', when: 'after' }],
  ] as const)('a watch that breaks %s loses no record', async (_, fault) => {
    const store = faultyStore(memoryStore(), fault);
    const { manager } = managed({
      agents: [scriptedAgent('billing', wordByWord('all of it'))],
      store,
    });
    const stream = manager.streamHandoff(toBilling);
    const told = (await all(stream)).map(inShort);
    expect(told.filter((line) => /^\d/.test(line))).toEqual([
      '1 requested billing',
      '2 accepted billing',
      '3 completed billing',
    ]);
    expect(told.filter((line) => !/^\d|task/.test(line))).toEqual(['all ', 'of ', 'it']);
    expect(told.at(-1)).toBe('task-finished');
    expect(store.callsOf('watch')).toBe(1);
  });

  it('a log that can not be read at the end: the readers learn it, the result stands', async () => {
    const store = faultyStore(memoryStore());
    const billing = scriptedAgent('billing', () => {
      store.break({ method: 'readTask', when: 'before' }, { method: 'watch', when: 'after' });
      return 'done';
    });
    const { manager } = managed({ agents: [billing], store });
    const stream = manager.streamHandoff(toBilling);
    expect(await stream.result).toMatchObject({ status: 'completed', output: 'done' });
    await expect(all(stream)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await all(stream.textStream)).toEqual(['done']);
  });

  it('leaves nobody listening', async () => {
    const { manager } = managed({ agents: [scriptedAgent('billing')] });
    const first = manager.streamHandoff(toBilling);
    await first.result;
    const billing = scriptedAgent('billing');
    const again = managed({ agents: [billing] });
    await again.manager.streamHandoff(toBilling).result;
    await again.manager.executeHandoff({
      ...toBilling,
      target: 'billing',
      parent: undefined as never,
    });
    expect(billing.calls[1]?.options.onEvent).toBeUndefined();
  });
});
