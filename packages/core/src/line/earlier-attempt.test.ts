import { describe, expect, it } from 'vitest';
import { countingIds } from '../../test/counting-ids.ts';
import { managed } from '../../test/managed.ts';
import { never, report, type Script, scriptedAgent, tokens } from '../../test/scripted-agent.ts';
import { callTools } from '../../test/tool-calls.ts';
import { until } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import { message } from '../context/message.ts';

const lead = createPersonAgent({ id: 'lead' });
const legal = createPersonAgent({ id: 'legal' });
const books = scriptedAgent('books', 'Balanced.');

/** Gives work to two people and to an agent, and then goes on as told. */
function asking(goOn: Script): Script {
  return async (call) => {
    if (call.options.resumeFrom || call.call > 1) return goOn(call);
    const { messages } = await callTools(call, [
      ['delegate_to_books', { task: 'Sum it up' }],
      ['delegate_to_lead', { task: 'How much?' }],
      ['delegate_to_legal', { task: 'May I?' }],
    ]);
    const said = [message.assistant('I ask.'), ...messages];
    return report({ output: '', messages: said, ...tokens(10) });
  };
}

function desk(script: Script, from?: ReturnType<typeof managed>) {
  const triage = scriptedAgent('triage', script, {
    canDelegateTo: ['lead', 'legal', 'books'],
    repeatable: true,
  });
  const agents = [triage, lead, legal, books];
  const process = from ? { store: from.store, ids: countingIds('-b') } : {};
  return { ...managed({ agents, ...process }), triage };
}

/** Decides about both people's work. */
async function decide({ manager }: Pick<ReturnType<typeof desk>, 'manager'>): Promise<void> {
  const pending = await manager.pending();
  const idOf = (id: string): string =>
    pending.find(({ targetAgentId }) => targetAgentId === id)?.handoffId ?? '';
  await manager.resume(idOf('lead'), { type: 'answer', output: 'Five.' });
  void manager.resume(idOf('legal'), { type: 'deny', reason: 'no' }).catch(() => {});
}

describe('an agent that goes on', () => {
  it('finds each call that it waited for answered, and the rest as it was', async () => {
    const one = desk(asking(() => report({ output: 'Done.', ...tokens(5) })));
    const { handoffId, taskId } = await one.manager.executeHandoff({ target: 'triage', task: 'x' });
    await decide(one);
    await until(() => one.triage.calls.length === 2);
    const [said, asked, ...answers] = one.triage.calls[1]?.options.resumeFrom ?? [];
    expect(said).toEqual(message.assistant('I ask.'));
    expect(asked?.parts.map(({ type }) => type)).toEqual(['tool_call', 'tool_call', 'tool_call']);
    expect(answers.map(({ parts }) => parts)).toEqual([
      [{ id: 'call-1-1', response: 'Balanced.', type: 'tool_call_response' }],
      [{ id: 'call-1-2', response: 'Five.', type: 'tool_call_response' }],
      [
        {
          id: 'call-1-3',
          isError: true,
          response:
            'The work was not done (APPROVAL_DENIED): The handoff to "legal" was denied: no',
          type: 'tool_call_response',
        },
      ],
    ]);
    expect(one.triage.calls[1]?.options).not.toHaveProperty('approval');
    expect(await one.manager.resume(handoffId)).toMatchObject({
      output: 'Done.',
      usage: { totalTokens: 15 },
    });
    await one.expectEnded(taskId);
  });

  it('and dies begins anew where it is repeatable; what it had consumed counts', async () => {
    const first = desk(asking(never));
    const { handoffId, taskId } = await first.manager.executeHandoff({
      target: 'triage',
      task: 'x',
    });
    await decide(first);
    await until(() => first.triage.calls.length === 2);
    const second = desk(() => report({ output: 'Anew.', ...tokens(5) }), first);
    await second.clock.advance(400_000);
    expect(await second.manager.resume(handoffId)).toMatchObject({
      status: 'completed',
      output: 'Anew.',
      usage: { totalTokens: 15 },
    });
    expect(second.triage.calls[0]?.options).not.toHaveProperty('resumeFrom');
    expect((await second.store.readTask(taskId)).at(-1)?.ledger.used.tokens).toBe(15);
    await second.expectEnded(taskId);
  });
});

describe('the usage of an agent that goes on', () => {
  it('has that of the work it gave out before it waited', async () => {
    const books = scriptedAgent('books', () => report(tokens(100)));
    const triage = scriptedAgent(
      'triage',
      asking(() => report({ output: 'Done.', ...tokens(5) })),
      { canDelegateTo: ['lead', 'legal', 'books'] },
    );
    const { manager, store, expectEnded } = managed({ agents: [triage, lead, legal, books] });
    const waiting = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(waiting.usage.totalTokens).toBe(110);
    await decide({ manager } as never);
    await until(() => triage.calls.length === 2);
    const result = await manager.resume(waiting.handoffId);
    expect(result).toMatchObject({ status: 'completed', usage: { totalTokens: 115 } });
    expect((await store.readTask(result.taskId)).at(-1)?.ledger.used.tokens).toBe(115);
    await expectEnded(result.taskId);
  });
});

describe('an agent that consumed more than can be counted', () => {
  it('before and after it waited ends all the same', async () => {
    const billing = scriptedAgent('billing', ({ options }) =>
      report({
        status: options.approval ? 'completed' : 'awaiting-approval',
        ...tokens(Number.MAX_SAFE_INTEGER),
      }),
    );
    const { manager, expectEnded } = managed({ agents: [billing] });
    const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'Refund' });
    const result = await manager.resume(handoffId, { type: 'approve' });
    const usage = { totalTokens: Number.MAX_SAFE_INTEGER };
    expect(result).toMatchObject({ status: 'completed', usage });
    await expectEnded(result.taskId);
  });
});

describe('an agent that waited for an approval', () => {
  it('is told of it, and by whom where that is known', async () => {
    for (const by of ['ada', undefined]) {
      const billing = scriptedAgent('billing', ({ options }) =>
        options.approval ? 'Refunded.' : report({ status: 'awaiting-approval', output: '' }),
      );
      const { manager } = managed({ agents: [billing] });
      const { handoffId } = await manager.executeHandoff({ target: 'billing', task: 'x' });
      const options = by === undefined ? {} : { by };
      await manager.resume(handoffId, { type: 'approve' }, options);
      expect(billing.calls[1]?.options.approval).toStrictEqual(options);
    }
  });
});
