import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { faultyStore } from '../../test/faulty-store.ts';
import { managed } from '../../test/managed.ts';
import { report, scriptedAgent, tokens, untilAborted } from '../../test/scripted-agent.ts';
import { callTools, type ToolCall } from '../../test/tool-calls.ts';
import { turns } from '../../test/turns.ts';
import { createPersonAgent } from '../agent/create-person-agent.ts';
import type { HandoffAgent } from '../agent/handoff-agent.ts';
import type { HandoffStore } from '../record/handoff-store.ts';
import { memoryStore } from '../record/memory-store.ts';

const paths = {
  canTransferTo: ['billing', 'legal'],
  canDelegateTo: ['billing', 'legal'],
  canEscalateTo: ['lead'],
} as const;

/** An agent that calls tools, some at once, then the next; what they answered is in `heard`. */
function desk(
  steps: readonly (readonly ToolCall[])[],
  billing: HandoffAgent<'billing'> = scriptedAgent('billing', 'Refunded.'),
) {
  const heard: { answers: string[]; ended: boolean; failed: number }[] = [];
  const offered: (readonly string[])[] = [];
  const triage = scriptedAgent(
    'triage',
    async (call) => {
      offered.push((call.options.tools ?? []).map(({ name }) => name));
      const messages = [];
      for (const calls of steps) {
        const { answers, ended, messages: said } = await callTools(call, calls);
        const parts = said.flatMap((one) => one.parts);
        const failed = parts.filter((part) => 'isError' in part && part.isError).length;
        heard.push({ answers, ended, failed });
        messages.push(...said);
      }
      return report({ output: 'over', ...tokens(1) });
    },
    paths,
  );
  const legal = scriptedAgent('legal', 'Fine.');
  const lead = scriptedAgent('lead', 'Yes.');
  return { ...managed({ agents: [triage, billing, legal, lead] }), heard, offered, legal };
}

describe('handoff tools', () => {
  it('are not offered in a replay, whose answers nobody gets', async () => {
    const { manager, offered } = desk([]);
    const { handoffId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    await manager.replay(handoffId);
    expect(offered).toEqual([['delegate_to_billing', 'delegate_to_legal'], []]);
  });

  it('are none for an agent that stands in and has no paths here, though tools are asked for', async () => {
    const { manager } = desk([]);
    const { handoffId } = await manager.executeHandoff({ target: 'triage', task: 'x' });
    const guest = scriptedAgent('guest', 'Hello.', { canDelegateTo: ['billing'] });
    const { replayed } = await manager.replay(handoffId, { agent: guest, tools: true });
    expect(replayed).toMatchObject({ status: 'completed', output: 'Hello.' });
    expect(guest.calls[0]?.options).not.toHaveProperty('tools');
  });

  it('say what they did: a transfer and an escalation end the turn, a delegation does not', async () => {
    const moved = desk([[['transfer_to_billing']]]);
    await moved.manager.run({ entry: 'triage', input: 'x' });
    expect(moved.heard).toEqual([
      { answers: ['The conversation was transferred to billing.'], ended: true, failed: 0 },
    ]);
    const raised = desk([[['escalate_to_lead']]]);
    await raised.manager.run({ entry: 'triage', input: 'x' });
    expect(raised.heard).toEqual([
      { answers: ['The conversation was escalated to lead.'], ended: true, failed: 0 },
    ]);
    const given = desk([[['delegate_to_billing', { task: 'x' }]]]);
    await given.manager.run({ entry: 'triage', input: 'x' });
    expect(given.heard).toEqual([{ answers: ['Refunded.'], ended: false, failed: 0 }]);
  });

  it('hand on task, instructions and payload', async () => {
    const payloadSchema = z.object({ invoice: z.number() });
    const input = { task: 'Sum it up', instructions: 'In euros', payload: { invoice: 7 } };
    const billing = scriptedAgent('billing', 'It is 7.', { payloadSchema });
    const { manager } = desk([[['delegate_to_billing', input]]], billing);
    await manager.run({ entry: 'triage', input: 'How much?' });
    expect(billing.calls[0]?.context).toMatchObject({
      originalTask: 'Sum it up',
      instructions: 'In euros',
      payload: { invoice: 7 },
    });
  });

  it('do the same call of one attempt once', async () => {
    const { manager, billing, expectEnded } = deskWithOneCall();
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(result.output).toBe('Refunded. Refunded. Refunded.');
    // Another input under the same call is other work.
    expect(billing.calls).toHaveLength(2);
    await expectEnded(result.taskId);
  });
});

/** An agent that calls under one call's id again and again, as a framework that retries does. */
function deskWithOneCall() {
  const signal = new AbortController().signal;
  const triage = scriptedAgent(
    'triage',
    async ({ options }) => {
      const tool = options.tools?.find(({ name }) => name === 'delegate_to_billing');
      const outputs = [];
      for (const task of ['a', 'a', 'b']) {
        outputs.push((await tool?.execute({ task }, { toolCallId: 'c', signal }))?.output);
      }
      return outputs.join(' ');
    },
    { canDelegateTo: ['billing'] },
  );
  const billing = scriptedAgent('billing', 'Refunded.');
  return { ...managed({ agents: [triage, billing] }), billing };
}

describe('after a transfer', () => {
  it('nothing more is handed on: neither the conversation nor work', async () => {
    const { manager, heard, legal } = desk([
      [['transfer_to_billing']],
      [['transfer_to_legal'], ['delegate_to_legal', { task: 'x' }]],
    ]);
    const refused =
      'Not accepted: the conversation goes to billing already, so nothing is handed to legal.';
    const result = await manager.run({ entry: 'triage', input: 'x' });
    expect(heard[1]).toEqual({ answers: [refused, refused], ended: false, failed: 2 });
    expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
    expect(legal.calls).toHaveLength(0);
  });

  it('refusals no longer stop the agent', async () => {
    const again: ToolCall[] = Array.from({ length: 9 }, () => ['transfer_to_legal']);
    const { manager } = desk([[['transfer_to_billing']], again]);
    expect(await manager.run({ entry: 'triage', input: 'x' })).toMatchObject({
      status: 'completed',
      output: 'Refunded.',
    });
  });
});

describe('work for a person', () => {
  const person = createPersonAgent({ id: 'billing' });
  const ask: ToolCall = ['delegate_to_billing', { task: 'May I?' }];

  it('ends the turn of whoever gave it out, and bars a transfer until it is decided about', async () => {
    const { manager, heard } = desk([[ask], [['transfer_to_legal']]], person);
    await manager.run({ entry: 'triage', input: 'x' });
    expect(heard).toEqual([
      {
        answers: ["The work for billing waits for a person's decision."],
        ended: true,
        failed: 0,
      },
      {
        answers: [
          "Not accepted: the work that you gave out waits for a person's decision. Hand on to legal when you have its answer.",
        ],
        ended: false,
        failed: 1,
      },
    ]);
  });

  it('is cancelled with the reason where the conversation goes on beside it', async () => {
    const { manager, heard } = desk([[['transfer_to_legal'], ask]], person);
    const { taskId } = await manager.run({ entry: 'triage', input: 'x' });
    const message =
      "The work was to wait for a person's decision, and the conversation goes to legal already: it was cancelled.";
    expect(heard[0]?.answers).toEqual(['The conversation was transferred to legal.', message]);
    const entries = await manager.history({ taskId });
    const handoffId = entries.find((one) => one.targetAgentId === 'billing')?.handoffId ?? '';
    expect(await manager.resume(handoffId)).toMatchObject({
      status: 'cancelled',
      error: { code: 'CANCELLED', message, details: { handoffId } },
    });
  });
});

describe('an agent that insists', () => {
  const invalid: ToolCall = ['delegate_to_billing', {}];
  const problem =
    'The input of delegate_to_billing is invalid: task is missing: say what is to be done.';

  it('is stopped at the second invalid input of one tool', async () => {
    const { manager, heard } = desk([[invalid], [['delegate_to_legal', {}]], [invalid], [invalid]]);
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(heard.map(({ ended }) => ended)).toEqual([false, false, true, true]);
    expect(heard[0]?.answers).toEqual([problem]);
    expect(heard[2]?.answers).toEqual([`${problem} No further handoff is possible.`]);
    expect(result).toMatchObject({
      status: 'failed',
      error: {
        code: 'INVALID_OUTPUT',
        message: `Agent "triage" called delegate_to_billing twice with invalid input: ${problem}`,
        details: { tool: 'delegate_to_billing', cause: 'INVALID_PAYLOAD' },
      },
      usage: { totalTokens: 1 },
    });
  });

  it('is stopped at the fourth refusal, for the first reason that stopped it', async () => {
    const refused: ToolCall = ['delegate_to_billing', { task: 'x' }];
    const { manager, heard } = deskWithLimit([refused, refused, refused, refused]);
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(heard).toEqual([false, false, false, true]);
    expect(result).toMatchObject({
      status: 'failed',
      error: {
        code: 'INVALID_OUTPUT',
        message: expect.stringMatching(
          /^Agent "triage" kept asking for handoffs that are refused, at last: The handoff to "billing" is refused/,
        ),
        details: { tool: 'delegate_to_billing', cause: 'LIMIT_EXCEEDED' },
      },
    });
  });

  it('hands nothing on once it is stopped, however right it asks', async () => {
    const { manager, heard, log } = desk([
      [invalid],
      [invalid],
      [
        ['delegate_to_billing', { task: 'x' }],
        ['delegate_to_legal', { task: 'x' }],
      ],
    ]);
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(heard[2]).toMatchObject({ ended: true, failed: 0 });
    expect(heard[2]?.answers[0]).toMatch(/ No further handoff is possible\.$/);
    expect(await log(result.taskId)).toEqual([
      'requested user>triage',
      'accepted user>triage',
      'failed user>triage INVALID_OUTPUT',
    ]);
  });

  it('is not stopped for work that was begun and failed', async () => {
    const failing: ToolCall = ['delegate_to_billing', { task: 'x' }];
    const billing = scriptedAgent('billing', () => {
      throw new Error('the ledger is closed');
    });
    const { manager, heard } = desk(Array(5).fill([failing]), billing);
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(result).toMatchObject({ status: 'completed', output: 'over' });
    expect(heard.every(({ ended, failed }) => !ended && failed === 1)).toBe(true);
    expect(heard[0]?.answers[0]).toMatch(
      /^The work was not done \(AGENT_FAILED\): .*the ledger is closed/,
    );
  });
});

describe('an agent that does not wait for the work it gave out', () => {
  /** Gives work to billing under a signal of its own, and answers after so many turns. */
  function hasty(billing: HandoffAgent<'billing'>, afterTurns: number) {
    const signal = new AbortController().signal;
    const asked: Promise<unknown>[] = [];
    const triage = scriptedAgent(
      'triage',
      async ({ options: { tools = [] } }) => {
        const ask = async (id: string) =>
          tools[0]?.execute({ task: 'Look' }, { toolCallId: id, signal });
        asked.push(ask('early').catch((thrown) => thrown));
        await turns(afterTurns);
        later = () => ask('late');
        return 'Done without it.';
      },
      { canDelegateTo: ['billing'] },
    );
    let later = (): Promise<unknown> => Promise.resolve();
    const made = managed({ agents: [triage, billing] });
    return { ...made, asked, later: () => later() };
  }

  it('answers without it: it ends with the agent, and nothing is handed on any more', async () => {
    const billing = scriptedAgent('billing', untilAborted);
    const { manager, log, asked, later, expectEnded } = hasty(billing, 5);
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(result).toMatchObject({ status: 'completed', output: 'Done without it.' });
    await Promise.all(asked);
    await expect(later()).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await log(result.taskId)).toEqual([
      'requested user>triage',
      'accepted user>triage',
      'requested triage>billing',
      'accepted triage>billing',
      'cancelled triage>billing CANCELLED',
      'completed user>triage',
    ]);
    await expectEnded(result.taskId);
  });

  it('answers just as somebody is asked: that is taken back', async () => {
    const inner = memoryStore();
    const asked = Promise.withResolvers<void>();
    const store: HandoffStore = {
      ...faultyStore(inner),
      async append(...args) {
        const answer = await inner.append(...args);
        if (args[2].some(({ type }) => type === 'approval-requested')) {
          asked.resolve();
          await turns(20);
        }
        return answer;
      },
    };
    const triage = scriptedAgent(
      'triage',
      async (call) => {
        void callTools(call, [['delegate_to_lead', { task: 'May I?' }]]);
        await asked.promise;
        return 'Done without it.';
      },
      { canDelegateTo: ['lead'] },
    );
    const agents = [triage, createPersonAgent({ id: 'lead' })];
    const { manager, expectEnded } = managed({ agents, store });
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(result).toMatchObject({ status: 'completed', output: 'Done without it.' });
    await turns(50);
    expect(await manager.pending()).toEqual([]);
    await expectEnded(result.taskId);
  });

  it('answers before anybody could be asked: nobody is', async () => {
    const { manager, asked, expectEnded } = hasty(createPersonAgent({ id: 'billing' }), 0);
    const result = await manager.executeHandoff({ target: 'triage', task: 'x' });
    expect(result).toMatchObject({ status: 'completed' });
    await Promise.all(asked);
    expect(await manager.pending()).toEqual([]);
    await expectEnded(result.taskId);
  });
});

function deskWithLimit(calls: readonly ToolCall[]) {
  const heard: boolean[] = [];
  const triage = scriptedAgent(
    'triage',
    async (call) => {
      for (const one of calls) heard.push((await callTools(call, [one])).ended);
      return 'over';
    },
    { canDelegateTo: ['billing'] },
  );
  const agents = [triage, scriptedAgent('billing')] as const;
  return { ...managed({ agents: [...agents], limits: { maxHandoffs: 1 } }), heard };
}
