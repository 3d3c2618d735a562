import {
  createHandoffAgent,
  createHandoffManager,
  HandoffError,
  type HandoffManagerOptions,
  removeToolCalls,
  unwrap,
} from '@agent-handoff/core';
import { manualClock, requestText, untilAborted } from '@agent-handoff/testing';
import { describe, expect, test } from 'vitest';
import { acceptedModels } from './accepted-models.ts';
import { countedTool, toolResults } from './tool-results.ts';

const model = acceptedModels();
const transfer = (to: string) => ({ toolCalls: [{ name: `transfer_to_${to}` }] });

describe('PraisonAI declares options that nothing reads; here each of them stops a run', () => {
  /** Three agents in a row, each of whose models hands on to the next. */
  async function row(options: Partial<HandoffManagerOptions>, last = 'a') {
    const onward = (to: string) =>
      model(({ messages }) =>
        toolResults(messages).some(({ isError }) => isError) ? 'Refused.' : transfer(to),
      );
    const manager = createHandoffManager({
      ...options,
      agents: [
        createHandoffAgent({ id: 'a', model: onward('b'), canTransferTo: ['b'] }),
        createHandoffAgent({ id: 'b', model: onward('c'), canTransferTo: ['c'] }),
        createHandoffAgent({ id: 'c', model: onward(last), canTransferTo: [last] }),
      ],
    });
    const { steps, output } = await manager.run({ entry: 'a', input: 'Hello' });
    return { holders: steps.map(({ targetAgentId }) => targetAgentId).join(''), output };
  }

  test('a cycle', async () => {
    const result = await row({ limits: { maxVisitsPerAgent: 1 } });
    expect(result).toEqual({ holders: 'abc', output: 'Refused.' });
  });

  test('a depth', async () => {
    expect(await row({ maxChain: 1 })).toEqual({ holders: 'ab', output: 'Refused.' });
  });

  test('a number of handoffs', async () => {
    const result = await row({ limits: { maxHandoffs: 2 } });
    expect(result).toEqual({ holders: 'ab', output: 'Refused.' });
  });

  test('a policy', async () => {
    const policies = [
      {
        name: 'nothing for c',
        decide: ({ context }: { context: { targetAgentId: string } }) =>
          context.targetAgentId === 'c' ? { deny: 'c is closed' } : ('permit' as const),
      },
    ];
    expect(await row({ policies })).toEqual({ holders: 'ab', output: 'Refused.' });
  });

  test('a timeout', async () => {
    const clock = manualClock();
    const manager = createHandoffManager({
      agents: [createHandoffAgent({ id: 'a', model: model([untilAborted]) })],
      limits: { timeoutMs: 1_000 },
      clock,
    });
    const running = manager.run({ entry: 'a', input: 'Hello' });
    await clock.advanceAsync(1_000);
    expect(await running).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
    expect(clock.pending).toBe(0);
  });
});

test('Strands lets a swarm run without a limit, and drops its history: here limits have numbers, and the receiver sees all that was said', async () => {
  const billing = model(['Refunded.']);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({
        id: 'triage',
        model: model([{ text: 'That is for billing.', ...transfer('billing') }]),
        canTransferTo: ['billing'],
      }),
      createHandoffAgent({ id: 'billing', model: billing }),
    ],
  });
  const result = await manager.run({ entry: 'triage', input: 'Invoice 7 was charged twice.' });
  const { remaining } = unwrap(result).returnedContext;
  expect(Object.values(remaining).every(Number.isFinite)).toBe(true);
  const [shown] = billing.calls;
  for (const said of ['Invoice 7 was charged twice.', 'That is for billing.']) {
    expect(shown && requestText(shown)).toContain(said);
  }
});

describe('Agent Framework chooses what the receiver sees of tool calls', () => {
  test.each([
    ['all', [], ['look_up', 'transfer_to_billing']],
    ['those that are no handoffs', [removeToolCalls({ only: 'handoffs' })], ['look_up']],
    ['none', [removeToolCalls()], []],
  ] as const)('so does a filter here: %s', async (_, filters, seen) => {
    const billing = model(['Refunded.']);
    const manager = createHandoffManager({
      agents: [
        createHandoffAgent({
          id: 'triage',
          model: model([{ toolCalls: [{ name: 'look_up' }] }, transfer('billing')]),
          tools: [countedTool('look_up', 'Twice.')],
          canTransferTo: ['billing'],
        }),
        createHandoffAgent({ id: 'billing', model: billing }),
      ],
      filters,
    });
    await manager.run({ entry: 'triage', input: 'Invoice 7 was charged twice.' });
    const names = toolResults(billing.calls[0]?.messages ?? []).map(({ name }) => name);
    expect(names).toEqual(seen);
  });
});

test('Agent Framework returns to the previous agent after a turn: here that is asked for by run', async () => {
  const triage = model([transfer('billing'), 'Anything else?']);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model: model(['Refunded.']) }),
    ],
  });
  const say = (input: string) =>
    manager.run({ entry: 'triage', input, threadId: 'talk', afterTurn: 'return' });
  expect(await say('Invoice 7?')).toMatchObject({ output: 'Refunded.', activeAgentId: 'triage' });
  expect(await say('Thanks.')).toMatchObject({ output: 'Anything else?' });
});

describe('Cloudflare runs an agent tool once for an id, and types its failure', () => {
  test('here a run under a key happens once', async () => {
    const triage = model([transfer('billing')]);
    const billing = model(['Refunded.']);
    const manager = createHandoffManager({
      agents: [
        createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
        createHandoffAgent({ id: 'billing', model: billing }),
      ],
    });
    const run = () =>
      manager.run({ entry: 'triage', input: 'Invoice 7?' }, { idempotencyKey: 'ticket-7' });
    const [first, second] = [await run(), await run()];
    expect(second).toMatchObject({ output: 'Refunded.', handoffId: first.handoffId });
    expect([triage.calls.length, billing.calls.length]).toEqual([1, 1]);
  });

  test.each([true, false])('here a failure says whether to try again: %s', async (retryable) => {
    const failure = new HandoffError('AGENT_FAILED', 'The line is dead.', { retryable });
    const manager = createHandoffManager({
      agents: [createHandoffAgent({ id: 'a', model: model([failure]) })],
    });
    const result = await manager.run({ entry: 'a', input: 'Hello' });
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'AGENT_FAILED', message: 'The line is dead.', retryable },
    });
  });
});
