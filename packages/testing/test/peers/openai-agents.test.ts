import { createHandoffAgent, createHandoffManager, removeToolCalls } from '@agent-handoff/core';
import { requestText } from '@agent-handoff/testing';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { acceptedModels } from './accepted-models.ts';
import { toolResults } from './tool-results.ts';

const model = acceptedModels();
const transfer = (to: string, input = {}) => ({
  toolCalls: [{ name: `transfer_to_${to}`, input }],
});

test('@openai/agents begins turn two at the first agent: here the thread goes on with whoever answered', async () => {
  const triage = model([transfer('billing')]);
  const billing = model(['Refunded.', 'By Friday.']);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model: billing }),
    ],
  });
  const say = (input: string) => manager.run({ entry: 'triage', input, threadId: 'talk' });
  expect(await say('Invoice 7 was charged twice.')).toMatchObject({ activeAgentId: 'billing' });
  expect(await say('When do I get it?')).toMatchObject({
    output: 'By Friday.',
    activeAgentId: 'billing',
  });
  expect(triage.calls).toHaveLength(1);
  const [, second] = billing.calls;
  for (const said of ['Invoice 7 was charged twice.', 'Refunded.', 'When do I get it?']) {
    expect(second && requestText(second)).toContain(said);
  }
});

test('@openai/agents plays ping-pong up to its turn limit and throws: here the run is refused a visit and ends with an answer', async () => {
  const bounce = (other: string) =>
    model(({ messages }) =>
      toolResults(messages).some(({ isError }) => isError) ? 'I keep it.' : transfer(other),
    );
  const [ping, pong] = [bounce('pong'), bounce('ping')];
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'ping', model: ping, canTransferTo: ['pong'] }),
      createHandoffAgent({ id: 'pong', model: pong, canTransferTo: ['ping'] }),
    ],
    limits: { maxVisitsPerAgent: 1 },
  });
  const result = await manager.run({ entry: 'ping', input: 'Whose is it?' });
  expect(result).toMatchObject({ status: 'completed', output: 'I keep it.' });
  expect(result.steps.map(({ targetAgentId }) => targetAgentId)).toEqual(['ping', 'pong']);
  expect(ping.calls.length + pong.calls.length).toBe(3);
});

test('@openai/agents never ends a model that insists on the refused handoff before the turn limit: here it is stopped and named', async () => {
  const insisting = (other: string) => model(transfer(other));
  const [ping, pong] = [insisting('pong'), insisting('ping')];
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'ping', model: ping, canTransferTo: ['pong'] }),
      createHandoffAgent({ id: 'pong', model: pong, canTransferTo: ['ping'] }),
    ],
    limits: { maxVisitsPerAgent: 1 },
  });
  const result = await manager.run({ entry: 'ping', input: 'Whose is it?' });
  expect(result).toMatchObject({
    status: 'failed',
    targetAgentId: 'pong',
    error: { code: 'INVALID_OUTPUT', message: expect.stringContaining('"pong" kept asking') },
  });
  expect(ping.calls.length + pong.calls.length).toBeLessThan(10);
});

test('@openai/agents drops handoffs after the first without a word: here the model that made them is told', async () => {
  const triage = model([
    {
      toolCalls: [{ name: 'transfer_to_a' }, { name: 'transfer_to_b' }, { name: 'transfer_to_c' }],
    },
  ]);
  const a = model(['Done.']);
  const [b, c] = [model([]), model([])];
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['a', 'b', 'c'] }),
      createHandoffAgent({ id: 'a', model: a }),
      createHandoffAgent({ id: 'b', model: b }),
      createHandoffAgent({ id: 'c', model: c }),
    ],
  });
  const result = await manager.run({ entry: 'triage', input: 'Hello' });
  expect(result).toMatchObject({ output: 'Done.', activeAgentId: 'a' });
  const answers = toolResults(a.calls[0]?.messages ?? []);
  expect(answers.map(({ isError = false }) => isError)).toEqual([false, true, true]);
});

const payloadSchema = z.object({ invoice: z.number().int() });

test('@openai/agents keeps a typed payload from the receiver where tool history is removed: here it is in the prompt', async () => {
  const billing = model(['Refunded.']);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({
        id: 'triage',
        model: model([transfer('billing', { payload: { invoice: 7 } })]),
        canTransferTo: ['billing'],
      }),
      createHandoffAgent({ id: 'billing', model: billing, payloadSchema }),
    ],
    filters: [removeToolCalls()],
  });
  await manager.run({ entry: 'triage', input: 'I was charged twice.' });
  const [shown] = billing.calls;
  expect(toolResults(shown?.messages ?? [])).toEqual([]);
  expect(shown && requestText(shown)).toContain('{"invoice":7}');
});

test('@openai/agents ends a run at a bad payload: here the model is told what is wrong, and repairs it', async () => {
  const triage = model([
    transfer('billing', { payload: { invoice: 'seven' } }),
    transfer('billing', { payload: { invoice: 7 } }),
  ]);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canTransferTo: ['billing'] }),
      createHandoffAgent({ id: 'billing', model: model(['Refunded.']), payloadSchema }),
    ],
  });
  const result = await manager.run({ entry: 'triage', input: 'I was charged twice.' });
  expect(result).toMatchObject({ status: 'completed', output: 'Refunded.' });
  expect(toolResults(triage.calls[1]?.messages ?? [])).toMatchObject([
    { name: 'transfer_to_billing', isError: true, response: expect.stringContaining('invoice') },
  ]);
  const [, handed] = await manager.history({ taskId: result.taskId });
  expect(handed?.context.payload).toEqual({ invoice: 7 });
});
