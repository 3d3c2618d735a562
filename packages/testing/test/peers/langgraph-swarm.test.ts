import { createHandoffAgent, createHandoffManager } from '@agent-handoff/core';
import type { ToolCallTurn } from '@agent-handoff/testing';
import { describe, expect, test } from 'vitest';
import { acceptedModels } from './accepted-models.ts';
import { countedTool, toolResults } from './tool-results.ts';

const model = acceptedModels();
const lookUp = { name: 'look_up', input: { invoice: 7 } };
const toBilling = { name: 'transfer_to_billing' };
const toShipping = { name: 'transfer_to_shipping' };

/** A desk whose model does this in its first turn, and two specialists. */
function desk(turn: ToolCallTurn) {
  const tool = countedTool('look_up', { charged: '3 May, twice' });
  const billing = model(['Refunded.']);
  const shipping = model(['Sent again.']);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({
        id: 'triage',
        model: model([turn]),
        tools: [tool],
        canTransferTo: ['billing', 'shipping'],
      }),
      createHandoffAgent({ id: 'billing', model: billing }),
      createHandoffAgent({ id: 'shipping', model: shipping }),
    ],
  });
  const run = () => manager.run({ entry: 'triage', input: 'Invoice 7 was charged twice.' });
  return { run, tool, billing, shipping };
}

describe('langgraph-swarm loses the result of a tool that shares a turn with a handoff', () => {
  test.each<[string, ToolCallTurn]>([
    ['the tool first', { toolCalls: [lookUp, toBilling] }],
    ['the handoff first', { toolCalls: [toBilling, lookUp] }],
    ['one by one, the tool first', { toolCalls: [lookUp, toBilling], oneByOne: true }],
    ['one by one, the handoff first', { toolCalls: [toBilling, lookUp], oneByOne: true }],
  ])('here the receiver has it: %s', async (_, turn) => {
    const { run, tool, billing } = desk(turn);
    expect(await run()).toMatchObject({ output: 'Refunded.', activeAgentId: 'billing' });
    expect(tool.runs).toBe(1);
    const answers = toolResults(billing.calls[0]?.messages ?? []);
    expect(answers.map(({ name }) => name).sort()).toEqual(['look_up', 'transfer_to_billing']);
    expect(answers).toContainEqual({ name: 'look_up', response: { charged: '3 May, twice' } });
  });
});

describe('langgraph-swarm leaves a call without an answer where two handoffs share a turn', () => {
  test.each<[string, ToolCallTurn]>([
    ['at once', { toolCalls: [toBilling, toShipping] }],
    ['one by one', { toolCalls: [toBilling, toShipping], oneByOne: true }],
  ])('here the first is followed, the second is answered as refused: %s', async (_, turn) => {
    const { run, billing, shipping } = desk(turn);
    expect(await run()).toMatchObject({ output: 'Refunded.', activeAgentId: 'billing' });
    expect(shipping.calls).toEqual([]);
    expect(toolResults(billing.calls[0]?.messages ?? [])).toMatchObject([
      { name: 'transfer_to_billing', response: 'The conversation was transferred to billing.' },
      {
        name: 'transfer_to_shipping',
        response: expect.stringContaining('Not accepted'),
        isError: true,
      },
    ]);
  });
});

test('langgraph-swarm and semantic-kernel crash or race where a turn calls agents in parallel: here delegations of one turn all run, and each is answered', async () => {
  const triage = model([
    {
      toolCalls: ['billing', 'shipping'].map((id) => ({
        name: `delegate_to_${id}`,
        input: { task: 'Is it your fault?' },
      })),
    },
    'It is nobody.',
  ]);
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'triage', model: triage, canDelegateTo: ['billing', 'shipping'] }),
      createHandoffAgent({ id: 'billing', model: model(['Not mine.']) }),
      createHandoffAgent({ id: 'shipping', model: model(['Nor mine.']) }),
    ],
  });
  const result = await manager.run({ entry: 'triage', input: 'Whose fault is it?' });
  expect(result).toMatchObject({ output: 'It is nobody.', activeAgentId: 'triage' });
  expect(toolResults(triage.calls[1]?.messages ?? [])).toEqual([
    { name: 'delegate_to_billing', response: 'Not mine.' },
    { name: 'delegate_to_shipping', response: 'Nor mine.' },
  ]);
});

test('langgraph-swarm ends a ping-pong after 25 model calls, in an error: here a model learns of the refusal and answers', async () => {
  const toOther = (other: string) =>
    model(({ messages }) => {
      const refused = toolResults(messages).some(({ isError }) => isError);
      return refused ? 'It is mine.' : { toolCalls: [{ name: `transfer_to_${other}` }] };
    });
  const ping = toOther('pong');
  const pong = toOther('ping');
  const manager = createHandoffManager({
    agents: [
      createHandoffAgent({ id: 'ping', model: ping, canTransferTo: ['pong'] }),
      createHandoffAgent({ id: 'pong', model: pong, canTransferTo: ['ping'] }),
    ],
  });
  const result = await manager.run({ entry: 'ping', input: 'Whose is it?' });
  expect(result).toMatchObject({ status: 'completed', output: 'It is mine.' });
  expect(ping.calls.length + pong.calls.length).toBe(7);
  expect(await manager.verify(result.taskId)).toMatchObject({ intact: true });
});
